//! The runners that are plain Python source.

use std::{fs, path::Path};

use rbit_testkit::{
    FakeRepository,
    fake_repository::{Serves, zips},
};

use super::{built_by, repository, runner, unzip};
use crate::rbit_box::TestRunner;

#[tokio::test(flavor = "multi_thread")]
async fn an_offlinezip_comes_through_the_broker_with_pages_contents_and_pictures() {
    let repository = repository("latest").await.with_reader("reader", "sesame");
    let runner = python_runner("offlinezip", "username = reader\npassword = sesame", &repository);
    let (scene, file) = built_by(runner, &repository).await;
    assert_eq!(file, "col10901-1.3.offline.zip");
    let zip = scene.rbit_box.path("output/offlinezip").join(file);
    let listed = unzip(&["-Z1"], &zip, &[]);
    let names: Vec<_> = listed
        .lines()
        .filter_map(|name| name.strip_prefix("col10901-1.3.offline/"))
        .collect();
    let expected = [
        "index.html",
        "m50101.html",
        "m50102.html",
        "m50103.html",
        "pictures/1.png",
        "style.css",
    ];
    assert_eq!(names, expected);
    let start = unzip(&["-p"], &zip, &["*/index.html"]);
    assert!(
        start.contains("Stones<ol><li><a href=\"m50102.html\">From Rock to Pebble</a>"),
        "{start}"
    );
    scene.strike().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_collxml_comes_through_the_broker_as_the_repository_made_it() {
    let (_, xml) = zips::collection()
        .into_iter()
        .find(|(name, _)| name == "collection.xml")
        .unwrap();
    let repository = FakeRepository::start().await.unwrap();
    let repository = repository.with(zips::PACKAGE, "latest", "source_create", Serves::File(xml.clone()));
    let (scene, file) = built_by(python_runner("collxml", "", &repository), &repository).await;
    assert_eq!(file, "col10901-1.3.xml");
    assert_eq!(fs::read(scene.rbit_box.path("output/collxml").join(file)).unwrap(), xml);
    scene.strike().await;
}

/// A runner that is a module of `runners/python`.
pub(super) fn python_runner(name: &'static str, settings: &str, repository: &FakeRepository) -> TestRunner<'static> {
    let sources = Path::new(env!("CARGO_MANIFEST_DIR")).join("../runners/python");
    let settings = format!("{settings}\npython-path = {}", sources.display());
    TestRunner {
        name,
        runs: format!("python!{name}:make_{name}"),
        // A test is over before long.
        settings: settings.leak(),
        ..runner("epub", "", repository)
    }
}
