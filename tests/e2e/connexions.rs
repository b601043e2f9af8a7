//! The Connexions runners: from a message to a book that others can read.

mod errors;
mod example;
mod pdf;
mod python;

use std::{fs, path::Path, process::Command};

use rbit_testkit::{
    FakeRepository,
    fake_repository::{Serves, zips},
    guests::guest,
};

use crate::{
    broker::CAPTURED,
    rbit_box::{RbitBox, TestRunner},
    rbit_program::stdout,
    scene::{Lane, Scene},
};

#[tokio::test(flavor = "multi_thread")]
async fn an_epub_of_the_latest_version_comes_through_the_broker_and_epubcheck_finds_nothing_in_it() {
    let repository = repository("latest").await.with_reader("reader", "sesame");
    let (scene, file) = built("epub", "username = reader\npassword = sesame", &repository).await;
    assert_eq!(file, "col10901-1.3.epub");
    let verdict = epubcheck(&scene.rbit_box.path("output/epub").join(file));
    assert!(verdict.contains("0 fatals / 0 errors / 0 warnings"), "{verdict}");
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_epub_is_the_same_bytes_whenever_it_is_made() {
    let repository = repository("1.3").await;
    let rbit_box = RbitBox::local(&[runner("epub", "", &repository)]);
    let mut books = vec![];
    for _ in 0..2 {
        push(&rbit_box, "epub", &repository, "1.3");
        rbit_box.drain();
        let file = rbit_box.path("output/epub/col10901-1.3.epub");
        books.push(fs::read(&file).unwrap());
        fs::remove_file(file).unwrap();
    }
    assert!(books[0].len() > 5000);
    assert!(books[0] == books[1], "two runs made different books");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_completezip_comes_through_the_broker_as_the_repository_sent_it() {
    let repository = repository("latest").await.with_reader("reader", "sesame");
    let (scene, file) = built("completezip", "username = reader\npassword = sesame", &repository).await;
    assert_eq!(file, "col10901-1.3.complete.zip");
    let zip = scene.rbit_box.path("output/completezip").join(file);
    assert!(fs::read(&zip).unwrap() == zips::complete(), "another zip");
    let names = unzip(&["-Z1"], &zip, &[]);
    assert!(names.contains("col10901_1.3_complete/m50102/index.cnxml"), "{names}");
    scene.strike().await;
}

/// A runner of this name, that may go to a repository.
fn runner(name: &'static str, settings: &'static str, repository: &FakeRepository) -> TestRunner<'static> {
    let sandbox = format!(
        "allow-http = {}\nallow-internal = 127.0.0.1=127.0.0.0/8",
        repository.url()
    );
    TestRunner {
        name,
        runs: format!("wasm!{}", guest(name).display()),
        settings,
        // A test is over before long.
        sandbox: sandbox.leak(),
    }
}

/// A repository that has the collection of the fixture.
async fn repository(version: &str) -> FakeRepository {
    let repository = FakeRepository::start().await.unwrap();
    repository.with(zips::PACKAGE, version, "complete", Serves::File(zips::complete()))
}

/// Lets PyBit's message for the latest version of the collection be built by a runner. Gives the scene, and the name of the one file
/// that was delivered.
async fn built(name: &'static str, settings: &'static str, repository: &FakeRepository) -> (Scene, String) {
    built_by(runner(name, settings, repository), repository).await
}

async fn built_by(runner: TestRunner<'static>, repository: &FakeRepository) -> (Scene, String) {
    let name = runner.name;
    let scene = published(runner, repository).await;
    // A typesetter takes a while to be compiled by a program that was not optimised.
    let patient = ["run", "rbit.ini", "--drain", "--set", "rbit.compile-time=20m"];
    scene.rbit_box.call(&patient);
    assert_eq!(
        scene.pybit.history("4"),
        ["Waiting", "Building", "Done"],
        "{:#?}",
        scene.rbit_box.jobs()
    );
    let folder = fs::read_dir(scene.rbit_box.path(&format!("output/{name}"))).unwrap();
    let files: Vec<_> = folder
        .map(|file| file.unwrap().file_name().into_string().unwrap())
        .collect();
    assert_eq!(files.len(), 1, "{files:?}");
    let file = files[0].clone();
    (scene, file)
}

/// Publishes PyBit's message for the latest version of the collection, for a box with this runner.
async fn published(runner: TestRunner<'static>, repository: &FakeRepository) -> Scene {
    let scene = Scene::set(&["4"], vec![Lane::unique(runner)]).await;
    let message = CAPTURED
        .replace("\"version\": \"1.2\"", "\"version\": \"latest\"")
        .replace("m9003", zips::PACKAGE)
        .replace("http://cnx.org/content/", &repository.url());
    scene.publish(0, &message).await;
    scene
}

/// Pushes a request for the collection.
fn push(rbit_box: &RbitBox, name: &str, repository: &FakeRepository, version: &str) {
    let queue = format!("t_any_latex_{name}");
    let request = [
        "--package",
        zips::PACKAGE,
        "--version",
        version,
        "--uri",
        &repository.url(),
    ];
    rbit_box.call(&[&["push", "rbit.ini", "--queue", &queue][..], &request].concat());
}

/// What EPUB's own checker says; its exit status says whether it found errors.
fn epubcheck(book: &Path) -> String {
    let checker = Command::new("java")
        .args(["-jar", "/usr/bin/epubcheck"])
        .arg(book)
        .output()
        .unwrap();
    let said = format!("{}{}", stdout(&checker), String::from_utf8_lossy(&checker.stderr));
    assert!(checker.status.success(), "{said}");
    said
}

/// What a reader of zips that is not ours says.
fn unzip(words: &[&str], zip: &Path, names: &[&str]) -> String {
    let output = Command::new("unzip").args(words).arg(zip).args(names).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}
