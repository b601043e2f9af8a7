//! Opening the database file: what is made, what is refused, what is left alone.

use std::{
    fs,
    os::unix::fs::{FileExt, PermissionsExt},
    path::Path,
};

use jiff::Timestamp;
use rbit_job::error_chain;
use rbit_store::{FILE_NAME, OpenError, Store};
use rbit_testkit::SmallDisk;
use rusqlite::Connection;

use crate::folder::{push, queue};

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn folder_and_files_are_for_their_owner_alone() {
    let parent = tempfile::tempdir().unwrap();
    let folder = parent.path().join("a/state");
    let store = Store::open(&folder).unwrap();
    push(&store, b"{}").await;
    assert_eq!(mode(&folder), 0o700);
    let files: Vec<_> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert!(files.len() > 1, "the write-ahead log is a file too: {files:?}");
    for file in files {
        assert_eq!(mode(&file), 0o600, "{}", file.display());
    }
}

#[tokio::test]
async fn a_file_that_is_no_database_is_named_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    fs::write(&path, "[rbit]\nname = a text file\n".repeat(100)).unwrap();
    let before = fs::read(&path).unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
    assert!(refused.to_string().contains(FILE_NAME), "{refused}");
    assert_eq!(fs::read(&path).unwrap(), before);
}

#[tokio::test]
async fn damage_in_the_middle_of_the_file_is_found_when_it_is_opened() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(FILE_NAME);
    let store = Store::open(folder.path()).unwrap();
    for number in 0..50u8 {
        push(&store, &[number; 4000]).await;
    }
    drop(store);
    let connection = Connection::open(&path).unwrap();
    connection.execute_batch("PRAGMA wal_checkpoint(TRUNCATE)").unwrap();
    let page_size: u64 = connection
        .pragma_query_value(None, "page_size", |row| row.get(0).map(u32::into))
        .unwrap();
    let root: u64 = connection
        .query_one(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'messages'",
            [],
            |row| row.get(0).map(u32::into),
        )
        .unwrap();
    drop(connection);
    let file = fs::OpenOptions::new().write(true).open(&path).unwrap();
    file.write_all_at(&[0xff; 64], (root - 1) * page_size).unwrap();

    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::Damaged { .. }), "{refused:?}");
}

#[tokio::test]
async fn a_file_of_a_newer_rbit_is_refused_and_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    push(&Store::open(folder.path()).unwrap(), b"{}").await;
    let connection = Connection::open(folder.path().join(FILE_NAME)).unwrap();
    connection.pragma_update(None, "user_version", 999).unwrap();
    let refused = Store::open(folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::TooNew { found: 999, .. }), "{refused:?}");
    let messages: i64 = connection
        .query_one("SELECT count(*) FROM messages", [], |row| row.get(0))
        .unwrap();
    assert_eq!(messages, 1);
}

#[tokio::test]
async fn a_state_folder_that_is_a_file_is_named() {
    let parent = tempfile::tempdir().unwrap();
    let path = parent.path().join("state");
    fs::write(&path, "").unwrap();
    let refused = Store::open(&path).unwrap_err();
    assert!(matches!(refused, OpenError::MakeFolder { .. }), "{refused:?}");
    assert!(refused.to_string().contains(&path.display().to_string()), "{refused}");
}

#[tokio::test]
async fn nothing_is_written_into_a_file_that_was_taken_away() {
    let folder = tempfile::tempdir().unwrap();
    let (path, elsewhere) = (folder.path().join(FILE_NAME), folder.path().join("elsewhere"));
    let (store, queue) = (Store::open(folder.path()).unwrap(), queue("q"));
    let pushed = || store.push(&queue, b"{}", None, Timestamp::now());
    pushed().await.unwrap();
    fs::rename(&path, &elsewhere).unwrap();
    let refused = error_chain(&pushed().await.unwrap_err());
    assert!(refused.contains("is no longer the file that was opened"), "{refused}");
    assert!(refused.contains(&path.display().to_string()), "{refused}");

    // Somebody else's file of the same name is not ours either.
    fs::write(&path, "").unwrap();
    assert!(pushed().await.is_err());
    fs::rename(&elsewhere, &path).unwrap();
    pushed().await.unwrap();
}

#[test]
fn many_may_open_a_new_folder_at_the_same_moment() {
    let folder = tempfile::tempdir().unwrap();
    std::thread::scope(|scope| {
        let threads: Vec<_> = (0..8)
            .map(|_| scope.spawn(|| Store::open(folder.path()).map(drop)))
            .collect();
        for thread in threads {
            thread.join().unwrap().unwrap();
        }
    });
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named_also_where_a_killed_process_left_its_log() {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(folder.path()).unwrap();
    push(&store, b"{}").await;
    let disk_folder = tempfile::tempdir().unwrap();
    let disk = SmallDisk::on(disk_folder.path(), 8 << 20).unwrap();
    for entry in fs::read_dir(folder.path()).unwrap() {
        let file = entry.unwrap();
        fs::copy(file.path(), disk_folder.path().join(file.file_name())).unwrap();
    }
    disk.set_read_only(true).unwrap();
    let refused = Store::open(disk_folder.path()).unwrap_err();
    assert!(matches!(refused, OpenError::NotWritable { .. }), "{refused:?}");
}
