//! Compiled components on disk, as this executor alone has them: it goes on without where it cannot keep any.

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
};

use crate::suite::components::{compilations, kept};

#[tokio::test]
async fn a_folder_that_others_can_use_is_not_used() {
    let folder = tempfile::tempdir().unwrap();
    let cache = folder.path().join("components");
    fs::create_dir(&cache).unwrap();
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o755)).unwrap();
    assert_eq!(compilations(&cache, 1 << 30, "returns").await, 1);
    assert!(kept(&cache).is_empty());
    // Nor is one that a link leads to.
    let link = folder.path().join("link");
    fs::set_permissions(&cache, fs::Permissions::from_mode(0o700)).unwrap();
    symlink(&cache, &link).unwrap();
    compilations(&link, 1 << 30, "returns").await;
    assert!(kept(&cache).is_empty());
}
