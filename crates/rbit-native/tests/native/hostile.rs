use std::{
    net::TcpListener,
    os::unix::{fs::symlink, net::UnixListener},
};

use rbit_job::Reason;

use crate::trial::{Trial, processes_with};

#[test]
fn a_program_reaches_nobody_on_the_network_not_even_on_this_machine() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let script = format!("exec /bin/bash -c 'echo hello > /dev/tcp/127.0.0.1/{port}'");
    let tried = Trial::script(&script).run();
    assert_eq!(tried.reason(), Reason::GuestFailed, "{}", tried.text());
    listener.set_nonblocking(true).unwrap();
    assert!(listener.accept().is_err());
    let interfaces = Trial::script("cat /proc/net/dev | tail -n +3 | cut -d: -f1 | tr -d ' '").run();
    assert_eq!(interfaces.lines, ["stdout: lo"]);
}

#[test]
fn a_socket_in_a_folder_that_it_can_read_is_the_only_way_out_and_an_operators_choice() {
    // Sockets of other folders are not there at all, those without a path belong to a network.
    let folder = tempfile::tempdir().unwrap();
    let _listener = UnixListener::bind(folder.path().join("socket")).unwrap();
    let tried = Trial::script(&format!(
        "test -e {}/socket && echo there; ls /run",
        folder.path().display()
    ))
    .run();
    assert_eq!(tried.reason(), Reason::GuestFailed);
    assert!(!tried.lines.contains(&"stdout: there".to_owned()));
}

#[test]
fn a_program_sees_and_kills_only_its_own() {
    let tried =
        Trial::script("kill -9 -1; echo still here; kill -9 1; echo and the first; ls /proc | grep -c '^[0-9]'").run();
    assert!(
        tried.lines.contains(&"stdout: still here".to_owned()),
        "{:?}",
        tried.lines
    );
    assert!(
        processes_with("cargo") + processes_with("native") > 0,
        "this test is one"
    );
}

#[test]
fn a_daemon_ends_with_its_job() {
    let mark = format!("99{}", std::process::id());
    let tried = Trial::script(&format!(
        "setsid sleep {mark} > /dev/null 2>&1 < /dev/null & echo started"
    ))
    .run();
    assert_eq!(
        (tried.reason(), tried.lines.as_slice()),
        (Reason::Done, &["stdout: started".to_owned()][..])
    );
    assert_eq!(processes_with(&mark), 0);
}

#[test]
fn a_daemon_that_keeps_the_output_open_ends_with_its_job() {
    let mark = format!("98{}", std::process::id());
    let tried = Trial::script(&format!("setsid sleep {mark} & echo started")).run();
    assert_eq!(tried.reason(), Reason::Done, "{}", tried.text());
    assert_eq!(processes_with(&mark), 0);
}

#[test]
fn a_folder_that_may_not_be_read_does_not_hide_what_is_in_it() {
    if rustix::process::geteuid().is_root() {
        // Root reads it all the same, and counts.
        let tried = Trial::script("mkdir x; head -c 6000000 /dev/zero > x/file; chmod 0 x; exit 0")
            .limits(|limits| limits.disk = 4 << 20)
            .run();
        assert_eq!(tried.reason(), Reason::DiskLimit, "{}", tried.text());
        return;
    }
    let tried = Trial::script("mkdir x; chmod 0 x; exit 0").run();
    assert_eq!(tried.reason(), Reason::DiskLimit, "{}", tried.text());
}

#[test]
fn a_link_in_a_jobs_folder_leads_nobody_astray() {
    let outside = tempfile::tempdir().unwrap();
    symlink("/", outside.path().join("root")).unwrap();
    let tried =
        Trial::script("ln -s / /output/root; ln -s /usr /work/usr; ln -s ../../.. /output/up; echo x > /output/x")
            .run();
    assert_eq!(tried.reason(), Reason::Done, "{}", tried.text());
    assert_eq!(tried.execution.usage.files_peak, 4);
}

#[test]
fn a_program_cannot_become_somebody_else() {
    let script = "setpriv --reuid=0 id -u; su root -c id; unshare --mount id; chroot / id; mknod /work/disk b 254 0; chown 0 /work";
    let tried = Trial::script(script).run();
    assert_ne!(tried.reason(), Reason::Done);
    assert!(
        tried.lines.iter().all(|line| line.starts_with("stderr")),
        "{:?}",
        tried.lines
    );
}
