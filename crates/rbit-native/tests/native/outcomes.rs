use rbit_job::Reason;

use crate::trial::{Trial, executor};

#[test]
fn a_program_that_leaves_with_0_is_done_and_what_it_used_is_known() {
    let tried = Trial::script("echo made > /output/file; echo said; echo worried >&2").run();
    assert_eq!(tried.reason(), Reason::Done, "{}", tried.text());
    assert_eq!(tried.output("file"), "made\n");
    let mut lines = tried.lines.clone();
    lines.sort();
    assert_eq!(lines, ["stderr: worried", "stdout: said"]);
    let usage = tried.execution.usage;
    assert!(usage.component.is_some() && usage.limits.is_some() && usage.log_bytes == 13);
    assert!(usage.disk_peak >= 4096 && usage.files_peak == 1, "{usage:?}");
}

#[test]
fn exit_codes_mean_what_they_mean_for_commands() {
    for (script, reason, text) in [
        ("exit 0", Reason::Done, ""),
        ("echo later >&2; exit 75", Reason::GuestBlocked, "exit code 75: later"),
        ("echo no >&2; exit 1", Reason::GuestFailed, "exit code 1: no"),
        (
            "echo '! Emergency stop.'; exit 1",
            Reason::GuestFailed,
            "exit code 1, and nothing on stderr; stdout: ! Emergency stop.",
        ),
        ("exit 255", Reason::GuestFailed, "exit code 255, and nothing on stderr"),
        ("nothing-of-that-name", Reason::GuestFailed, "exit code 127: "),
        ("kill -SEGV $$", Reason::GuestTrap, "it was ended by signal 11"),
        ("kill -KILL $$", Reason::GuestTrap, "it was ended by signal 9"),
    ] {
        let tried = Trial::script(script).run();
        assert_eq!(tried.reason(), reason, "{script}: {}", tried.text());
        assert!(tried.text().starts_with(text), "{script}: {}", tried.text());
    }
}

#[test]
fn arguments_reach_a_program_as_they_are() {
    let arguments = ["%s|", "a b; id", "$HOME", "--", "-n", "\"'", ""];
    let tried = Trial::program("/usr/bin/printf", &arguments).run();
    assert_eq!(tried.lines, ["stdout: a b; id|$HOME|--|-n|\"'||"], "{}", tried.text());
}

#[test]
fn a_program_finds_nothing_in_its_environment_but_three_words() {
    let mut lines = Trial::program("/usr/bin/env", &[]).run().lines;
    lines.sort();
    assert_eq!(
        lines,
        [
            "stdout: HOME=/work",
            "stdout: LANG=C.UTF-8",
            "stdout: PATH=/usr/local/bin:/usr/bin:/bin",
            "stdout: PWD=/work",
        ]
    );
}

#[test]
fn a_secret_is_taken_out_of_what_is_printed_and_of_the_reason() {
    let tried = Trial::script("echo open-sesame; echo open-sesame >&2; exit 3")
        .secret("open-sesame")
        .run();
    assert_eq!(tried.text(), "exit code 3: [redacted]");
    assert!(
        tried.lines.iter().all(|line| line.ends_with(": [redacted]")),
        "{:?}",
        tried.lines
    );
}

#[test]
fn two_jobs_at_once_have_nothing_to_do_with_each_other() {
    let script = "ls -A /work /output; echo mine > /work/x; ls /proc | grep -c '^[0-9]'";
    let seen: Vec<_> = (0..3)
        .map(|_| std::thread::spawn(move || Trial::script(script).run().lines))
        .collect();
    for thread in seen {
        let lines = thread.join().unwrap();
        let processes: u32 = lines.last().unwrap().strip_prefix("stdout: ").unwrap().parse().unwrap();
        assert!(processes <= 5, "{lines:?}");
        assert!(!lines.iter().any(|line| line.ends_with(" x")), "{lines:?}");
    }
}

#[test]
fn a_program_that_cannot_be_set_up_is_the_boxs_fault() {
    let tried = Trial::script("true").mount("gone", "/nowhere/at/all".as_ref()).run();
    assert_eq!(tried.reason(), Reason::HostFault);
    assert!(tried.text().contains("/nowhere/at/all"), "{}", tried.text());
    drop(executor());
}
