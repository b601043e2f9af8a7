use std::{fs, os::unix::fs::PermissionsExt as _};

use rbit_job::Reason;

use crate::trial::Trial;

#[test]
fn nothing_of_the_machine_is_there_but_its_programs_and_what_they_read() {
    let tried =
        Trial::script("ls -A / /etc /var; ls -A /root /home /srv /sys /run /boot 2>&1 | grep -c 'No such file'").run();
    let lines = tried.lines.join("\n");
    assert!(lines.ends_with("stdout: 6"), "{lines}");
    for hidden in ["passwd", "shadow", "ssl", "hostname", "log", "home"] {
        assert!(
            !tried.lines.iter().any(|line| line == &format!("stdout: {hidden}")),
            "{hidden}: {lines}"
        );
    }
}

#[test]
fn files_of_the_box_and_of_root_cannot_be_read() {
    let trial = Trial::script(
        "for file in /etc/shadow /root/.profile /proc/1/environ /proc/1/mem /dev/mem /dev/vda; do cat $file; done",
    );
    let tried = trial.run();
    assert_eq!(tried.reason(), Reason::GuestFailed);
    assert!(
        tried.lines.iter().all(|line| line.starts_with("stderr: cat: ")),
        "{:?}",
        tried.lines
    );
    assert_eq!(tried.lines.len(), 6, "{:?}", tried.lines);
}

#[test]
fn nothing_can_be_written_but_work_and_output_and_what_leads_there() {
    let script = "
        for folder in / /usr /usr/bin /bin /etc /dev /dev/shm /proc /mnt /mnt/in /native /var; do
            touch $folder/mark 2>/dev/null && echo wrote in $folder
        done
        touch /work/mark /output/mark /tmp/mark2 && echo wrote
        echo over > /native/script && echo wrote over itself
        echo core > /proc/sys/kernel/core_pattern && echo wrote to the kernel
        ls /work";
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o777)).unwrap();
    let tried = Trial::script(script).mount("in", folder.path()).run();
    let stdout: Vec<_> = tried.lines.iter().filter(|line| line.starts_with("stdout")).collect();
    assert_eq!(stdout, ["stdout: wrote", "stdout: mark", "stdout: mark2"]);
    assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_mount_is_read_where_it_should_be() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    fs::write(folder.path().join("book.xml"), "a book").unwrap();
    let tried = Trial::script("cat /mnt/in/book.xml > /output/copy")
        .mount("in", folder.path())
        .run();
    assert_eq!(tried.output("copy"), "a book");
}

#[test]
fn a_program_has_no_open_file_but_its_three() {
    // One that would be handed on, as a shell may have left it to the box.
    let kept = fs::File::open("/etc/hostname")
        .or_else(|_| fs::File::open("/etc/passwd"))
        .unwrap();
    rustix::io::fcntl_setfd(&kept, rustix::io::FdFlags::empty()).unwrap();
    let tried = Trial::program("/bin/ls", &["-l", "/proc/self/fd"]).run();
    let files: Vec<_> = tried
        .lines
        .iter()
        .filter_map(|line| line.split_once(" -> "))
        .map(|(_, to)| to)
        .collect();
    assert_eq!(files.len(), 4, "{files:?}");
    assert_eq!(files[0], "/dev/null");
    assert!(
        files[1].starts_with("pipe:") && files[2].starts_with("pipe:") && files[3].contains("/fd"),
        "{files:?}"
    );
}

#[test]
fn a_program_has_no_rights_of_root() {
    let tried =
        Trial::script("grep -E '^(CapPrm|CapEff|CapAmb|NoNewPrivs)' /proc/self/status; id -u; mount -t tmpfs x /work")
            .run();
    let lines = &tried.lines;
    for line in [
        "CapPrm:\\t0000000000000000",
        "CapEff:\\t0000000000000000",
        "CapAmb:\\t0000000000000000",
        "NoNewPrivs:\\t1",
    ] {
        assert!(
            lines.iter().any(|said| said == &format!("stdout: {line}")),
            "{line}: {lines:?}"
        );
    }
    assert!(!lines.contains(&"stdout: 0".to_owned()), "{lines:?}");
    assert_ne!(tried.reason(), Reason::Done);
}
