//! Files of the Python rbit load unchanged.

use std::path::Path;

use rbit_config::{Source, load};
use rbit_job::{Processor, Runner};
use secrecy::ExposeSecret;

use crate::surroundings::{check, lines, permissive, settings, settings_of};

const DEVELOPMENT: &str = include_str!("../fixtures/old-development.ini");
const COYOTE: &str = include_str!("../fixtures/old-coyote.ini");

fn setting<'a>(runner: &'a Runner, key: &str) -> Option<&'a str> {
    runner
        .settings
        .iter()
        .find(|(known, _)| known == key)
        .map(|(_, value)| value.as_str())
}

#[test]
fn a_file_of_the_old_program_keeps_its_meaning() {
    let settings = settings(DEVELOPMENT);
    assert_eq!(settings.name.as_str(), "al-borland");
    let mappings: Vec<_> = settings
        .queues
        .iter()
        .map(|queue| format!("{}:{}", queue.name, queue.runner))
        .collect();
    assert_eq!(mappings, ["acme_any_latex_pdf:print", "acme_any_latex_zip:offline"]);
    let Source::Amqp(amqp) = &settings.source else {
        panic!("the broker is the source")
    };
    assert_eq!(
        (amqp.endpoints[0].host.as_str(), amqp.endpoints[0].port),
        ("rabbit.example.org", 5673)
    );
    assert_eq!(
        (amqp.virtual_host.as_str(), amqp.password.expose_secret()),
        ("/builds", "p%ss#1")
    );
    assert_eq!(settings.log.filter.as_str(), "warn");
    assert!(settings.pybit.is_none());
}

#[test]
fn a_guest_gets_the_settings_that_the_callable_got() {
    let settings = settings(DEVELOPMENT);
    let print = &settings.runners[0];
    assert!(matches!(&print.processor, Processor::Python(_)));
    assert_eq!(print.processor.to_string(), "python!acmeext.legacy:make_print");
    let keys: Vec<_> = print.settings.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["runner", "output-dir", "python", "print-dir", "fonts"]);
    assert_eq!(setting(print, "print-dir"), Some("/home/al/Acme.Print/printing"));
    assert_eq!(setting(print, "fonts"), Some("Serif\n# Sans\nMono"));
}

#[test]
fn what_an_old_file_says_in_vain_is_noted() {
    let notes = lines(&check(DEVELOPMENT).notes);
    assert_eq!(notes.len(), 8, "{notes:#?}");
    assert_eq!(
        notes[0],
        "/etc/rbit/rbit.ini:1: [pybit]: the section is not there: statuses are recorded on this box and not sent"
    );
    assert_eq!(
        notes[1],
        "/etc/rbit/rbit.ini:32: [runner:epub]: no queue is mapped to the runner: its files and folders are not checked"
    );
    assert_eq!(
        notes[7],
        "/etc/rbit/rbit.ini:73: [formatter_generic]: ignored: logging is configured in [log]"
    );
}

#[test]
fn coyote_is_rbit_and_the_default_section_speaks_for_all() {
    let checked = check(COYOTE);
    assert!(lines(&checked.notes).contains(&"/etc/rbit/rbit.ini:3: [coyote]: read as [rbit], its new name".to_owned()));
    let settings = settings_of(checked);
    assert_eq!(settings.name.as_str(), "box-7");
    let zip = &settings.runners[0];
    assert_eq!(zip.output_dir.as_str(), "/media/output");
    let keys: Vec<_> = zip.settings.iter().map(|(key, _)| key.as_str()).collect();
    assert_eq!(keys, ["runner", "username", "output-dir", "password"]);
}

#[test]
fn the_new_and_the_old_name_of_a_section_or_key_are_one() {
    let text = format!("{COYOTE}\n[rbit]\nname = x\n");
    assert!(lines(&check(&text).problems)[0].contains("[rbit]: the section is there twice"));
    let text = DEVELOPMENT.replace("virtual_host = /builds", "virtual_host = /a\nvirtual-host = /b");
    assert!(lines(&check(&text).problems)[0].contains("[amqp] virtual-host: the key is there twice"));
}

#[test]
fn a_level_of_our_own_counts_before_that_of_the_root_logger() {
    let checked = check(&format!("{DEVELOPMENT}\n[log]\nlevel = debug\n"));
    assert!(
        lines(&checked.notes)
            .iter()
            .any(|note| note.contains("[logger_root] level: not used"))
    );
    assert_eq!(settings_of(checked).log.filter.as_str(), "debug");
}

#[test]
fn a_file_is_loaded_from_its_folder() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/old-development.ini");
    let settings = settings_of(load(&file, &permissive()).unwrap());
    assert_eq!(settings.state_dir, file.parent().unwrap().join("rbit-state"));
    assert_eq!(settings.scratch_dir, settings.state_dir.join("scratch"));
}
