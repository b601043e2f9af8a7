//! `rbit push`: into the local queues, and to the front-end, which makes the jobs.

use rbit_testkit::fake_pybit::FakePybit;

use crate::{
    rbit_box::{RbitBox, TestRunner},
    rbit_program::{stderr, stdout},
};

const WORDS: [&str; 7] = [
    "push",
    "rbit.ini",
    "--pybit",
    "--package",
    "m9003",
    "--uri",
    "http://cnx.org/content/",
];

fn rbit_box(url: &str, password: &str) -> RbitBox {
    let rbit_box = RbitBox::local(&[TestRunner::hello()]);
    rbit_box.add(&format!("[pybit]\nurl = {url}\nuser = admin\npassword = {password}\n"));
    rbit_box
}

#[tokio::test(flavor = "multi_thread")]
async fn a_package_is_submitted_in_the_way_that_pybit_takes() {
    let pybit = FakePybit::start().await.unwrap();
    let output = rbit_box(&pybit.url(), "pass").call(&[&WORDS[..], &["--version", "1.2"]].concat());
    let expected = "POST /job/vcshook package=m9003&package_version=1.2&distribution=cnx&suite=latex&format=pdf\
                    &architecture_list=any&method=http&uri=http%3A%2F%2Fcnx.org%2Fcontent%2F&vcs_id=";
    assert_eq!(pybit.dialogue(), [expected]);
    assert!(
        stdout(&output).starts_with("submitted to `http://127.0.0.1:"),
        "{}",
        stdout(&output)
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn each_refusal_says_what_it_means_and_what_helps() {
    let pybit = FakePybit::start().await.unwrap();
    let table = [
        (
            "pass",
            &["--suite", "bare"][..],
            1,
            "no build target",
            "map an architecture",
        ),
        (
            "pass",
            &["--format", "nosuchfmt"],
            1,
            "does not know something",
            "check in PyBit",
        ),
        ("nope", &[], 1, "PyBit answered 401", "`user` and `password` in [pybit]"),
    ];
    for (password, words, code, cause, help) in table {
        let output = rbit_box(&pybit.url(), password)
            .command(&[&WORDS[..], words].concat())
            .output()
            .unwrap();
        let text = stderr(&output);
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(cause) && text.contains(help), "{text}");
        assert!(!text.contains("nope"), "{text}");
    }
    pybit.down().await;
    let output = rbit_box(&pybit.url(), "pass").command(&WORDS).output().unwrap();
    assert_eq!(output.status.code(), Some(69), "{}", stderr(&output));
}

#[test]
fn a_configuration_without_front_end_has_nobody_to_submit_to() {
    let output = RbitBox::local(&[TestRunner::hello()]).command(&WORDS).output().unwrap();
    assert_eq!(output.status.code(), Some(78), "{}", stderr(&output));
    assert!(stderr(&output).contains("add a section [pybit]"), "{}", stderr(&output));
}

#[test]
fn a_queue_that_the_box_does_not_serve_takes_no_message_and_the_likest_ones_are_named() {
    let names = ["pdf", "epub", "html", "zip"];
    let hello = TestRunner::hello();
    let rbit_box = RbitBox::local(&names.map(|name| TestRunner { name, ..hello.clone() }));
    let words = ["push", "rbit.ini", "--queue", "t_any_latex_pfd", "--package", "m1"];
    let output = rbit_box.command(&words).output().unwrap();
    let text = stderr(&output);
    assert_eq!(output.status.code(), Some(1), "{text}");
    assert!(text.contains("queue `t_any_latex_pfd` is not served here"), "{text}");
    assert!(
        text.contains("help: `queue-mappings` in `rbit.ini` has `t_any_latex_pdf`, ") && text.contains("…"),
        "{text}"
    );
    assert!(!rbit_box.path("rbit-state").exists(), "nothing was pushed");
}
