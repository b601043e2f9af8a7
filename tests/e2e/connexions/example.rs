//! The runners of Connexions as `rbit.ini.example` shows them, under the names that queues had.

use std::{fs, os::unix::fs::symlink, path::Path};

use rbit_testkit::guests::guest;

use crate::{rbit_box::RbitBox, rbit_program::stdout};

#[test]
fn the_runners_of_the_example_pass_the_check_under_the_old_names_of_their_queues() {
    // The one that takes half an hour to be built has a test of its own.
    let shown = checked(&example().replace("target/guests/pdf.wasm", "hello.wasm"));
    for pair in PAIRS {
        assert!(shown.contains(pair), "{pair} is not in\n{shown}");
    }
}

#[test]
#[ignore = "needs the guest `pdf`: cargo xtask guests pdf"]
fn all_runners_of_the_example_pass_the_check() {
    let shown = checked(&example());
    for pair in PAIRS {
        assert!(shown.contains(pair), "{pair} is not in\n{shown}");
    }
}

/// The example with its parts about Connexions in force: the queues, and the sections under their heading.
fn example() -> String {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let text = fs::read_to_string(project.join("rbit.ini.example")).unwrap();
    let (before, after) = text.split_once(HEADING).unwrap();
    let (runners, rest) = after.split_once(END).unwrap();
    let before = before.replace("\n#    cnx_", "\n    cnx_");
    let in_force = |line: &str| match line.strip_prefix('#') {
        // What is said about a key stays a comment.
        Some(key) if !key.starts_with(' ') => format!("{key}\n"),
        _ => format!("{line}\n"),
    };
    let runners: String = runners.lines().map(in_force).collect();
    format!("{before}{HEADING}{runners}{END}{rest}")
}

/// What `rbit check` shows of an INI file that lies where the example does, or as if it did.
fn checked(ini: &str) -> String {
    let project = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").canonicalize().unwrap();
    let rbit_box = RbitBox::new(ini);
    symlink(project.join("runners"), rbit_box.path("runners")).unwrap();
    fs::create_dir_all(rbit_box.path("target")).unwrap();
    symlink(guest("epub").parent().unwrap(), rbit_box.path("target/guests")).unwrap();
    symlink(guest("rust-hello"), rbit_box.path("hello.wasm")).unwrap();
    fs::create_dir(rbit_box.path("styles")).unwrap();
    stdout(&rbit_box.call(&["check", "--effective", "--set", "rbit.compile-time=20m", "rbit.ini"]))
}

const PAIRS: [&str; 5] = [
    "cnx_desktop_latex_xml:xml",
    "cnx_desktop_latex_completezip:completezip",
    "cnx_any_latex_offline:offlinezip",
    "cnx_desktop_latex_epub:epub",
    "cnx_desktop_latex_pdf:pdf",
];
const HEADING: &str = "# The runners of Connexions";
const END: &str = "# Where the box says how it is";
