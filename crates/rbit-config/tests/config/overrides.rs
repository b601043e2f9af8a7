//! Flags count before the environment, the environment before the file.

use std::path::{Path, PathBuf};

use rbit_config::{Checked, FlagOverride, PermissiveWorld, Source, World, read};
use secrecy::ExposeSecret;

use crate::surroundings::{BareWorld, LEAST, in_world, lines, settings_of};

struct Call<'a> {
    world: &'a dyn World,
    environment: &'a [(&'a str, &'a str)],
    flags: &'a [(&'a str, &'a str, &'a str)],
}

impl Default for Call<'_> {
    fn default() -> Self {
        Self {
            world: &PermissiveWorld,
            environment: &[],
            flags: &[],
        }
    }
}

impl Call<'_> {
    fn check(&self, text: &str) -> Checked {
        let mut surroundings = in_world(self.world);
        let owned = |text: &str| text.to_owned();
        surroundings.environment = self
            .environment
            .iter()
            .map(|(name, value)| (owned(name), owned(value)))
            .collect();
        let flag = |(section, key, value): &(&str, &str, &str)| FlagOverride {
            section: owned(section),
            key: owned(key),
            value: owned(value),
            flag: format!("--{key}"),
        };
        surroundings.flags = self.flags.iter().map(flag).collect();
        read(text, Path::new("/etc/rbit.ini"), &surroundings)
    }
}

#[test]
fn the_nearer_word_counts_and_its_origin_is_told() {
    let text = LEAST.replace("[runner", "slots = 3\nname = of-file\ndrain-timeout = 3s\n[runner");
    let environment = [("RBIT_RBIT_SLOTS", "4"), ("RBIT_RBIT_DRAIN_TIMEOUT", "4s")];
    let call = Call {
        environment: &environment,
        flags: &[("rbit", "slots", "5")],
        ..Call::default()
    };
    let settings = settings_of(call.check(&text));
    assert_eq!(
        (settings.name.as_str(), settings.drain_timeout.as_secs(), settings.slots),
        ("of-file", 4, 5)
    );
    let of_key = |key: &str| {
        settings
            .effective()
            .iter()
            .find(|value| value.key == key)
            .unwrap()
            .to_string()
    };
    assert_eq!(of_key("name"), "[rbit] name = of-file  (/etc/rbit.ini:4)");
    assert_eq!(
        of_key("drain-timeout"),
        "[rbit] drain-timeout = 4s  (environment RBIT_RBIT_DRAIN_TIMEOUT)"
    );
    assert_eq!(of_key("slots"), "[rbit] slots = 5  (flag --slots)");
    assert_eq!(of_key("state-dir"), "[rbit] state-dir = /etc/rbit-state  (default)");
}

#[test]
fn a_variable_makes_its_section_be_there() {
    let call = Call {
        environment: &[("RBIT_AMQP_HOST", "rabbit")],
        ..Call::default()
    };
    let Source::Amqp(amqp) = settings_of(call.check(LEAST)).source else {
        panic!("the broker is the source")
    };
    assert_eq!(amqp.endpoints[0].host, "rabbit");
}

#[test]
fn a_value_can_stand_in_a_file_of_its_own() {
    let mut world = BareWorld::default();
    for (file, text) in [
        ("/run/one", "se cret \n"),
        ("/run/two", "a\n\n"),
        ("/run/dos", "a\r\n"),
        ("/run/none", "a"),
    ] {
        world.files.insert(file, text.into());
    }
    for (file, password) in [
        ("/run/one", "se cret "),
        ("/run/two", "a\n"),
        ("/run/dos", "a"),
        ("/run/none", "a"),
    ] {
        let world = Permissive(&world);
        let call = Call {
            world: &world,
            environment: &[("RBIT_AMQP_PASSWORD_FILE", file)],
            ..Call::default()
        };
        let Source::Amqp(amqp) = settings_of(call.check(LEAST)).source else {
            panic!("the broker is the source")
        };
        assert_eq!(amqp.password.expose_secret(), password, "{file}");
    }
}

#[test]
fn a_file_of_a_value_that_cannot_be_used_is_a_mistake_of_the_variable() {
    let mut world = BareWorld::default();
    world.files.insert("/run/large", "x".repeat(70_000));
    for (file, why) in [
        ("/run/large", "it has more than 65536 bytes"),
        ("/run/no", "entity not found"),
    ] {
        let world = Permissive(&world);
        let call = Call {
            world: &world,
            environment: &[("RBIT_AMQP_PASSWORD_FILE", file)],
            ..Call::default()
        };
        let expected = format!(
            "environment RBIT_AMQP_PASSWORD_FILE: [amqp] password: `{file}` cannot be read: {why}; \
             expected the name of a readable text file"
        );
        assert_eq!(lines(&call.check(LEAST).problems), [expected]);
    }
}

#[test]
fn variables_that_name_no_key_are_mistakes_and_those_of_others_are_not() {
    let environment = [
        ("RBIT_AMQP_HSOT", "rabbit"),
        ("RBIT_AMQP_PORT", "70000"),
        ("RBIT_AMQP_USER", "joe"),
        ("RBIT_AMQP_USER_FILE", "/run/user"),
        ("RBIT_TEST_AMQP", "amqp://x"),
        ("RBIT_LOG", "debug"),
        ("RBIT_RUNNER_X", "y"),
        ("HOME", "/root"),
    ];
    let call = Call {
        environment: &environment,
        ..Call::default()
    };
    insta::assert_snapshot!(lines(&call.check(LEAST).problems).join("\n"));
}

#[test]
fn flags_that_name_no_key_are_mistakes() {
    let flags = [
        ("rbit", "slot", "1"),
        ("amqb", "host", "x"),
        ("runner:r", "Colour", "red"),
        ("log", "level", "loud"),
    ];
    let checked = Call {
        flags: &flags,
        ..Call::default()
    }
    .check(LEAST);
    insta::assert_snapshot!(lines(&checked.problems).join("\n"));
    let settings = settings_of(
        Call {
            flags: &flags[2..3],
            ..Call::default()
        }
        .check(LEAST),
    );
    assert_eq!(settings.runners[0].settings[1], ("colour".to_owned(), "red".to_owned()));
}

#[test]
fn the_state_folder_of_systemd_is_used_where_the_file_names_none() {
    let call = Call {
        environment: &[("STATE_DIRECTORY", "/var/lib/rbit:/var/lib/other")],
        ..Call::default()
    };
    assert_eq!(settings_of(call.check(LEAST)).state_dir, Path::new("/var/lib/rbit"));
    let text = LEAST.replace("[runner", "state-dir = state\n[runner");
    assert_eq!(settings_of(call.check(&text)).state_dir, Path::new("/etc/state"));
}

/// A world with the files of another and everything else.
struct Permissive<'a>(&'a BareWorld);

impl World for Permissive<'_> {
    fn python_component(&self, asked: Option<&Path>) -> Result<PathBuf, String> {
        PermissiveWorld.python_component(asked)
    }

    fn python_callable(&self, _: &[PathBuf], _: &str, _: &str) -> Result<(), String> {
        Ok(())
    }

    fn runs_guests(&self) -> bool {
        true
    }

    fn runner(&self, processor: &rbit_job::Processor) -> Result<(), String> {
        PermissiveWorld.runner(processor)
    }

    fn writable_folder(&self, path: &Path) -> Result<(), String> {
        PermissiveWorld.writable_folder(path)
    }

    fn is_folder(&self, path: &Path) -> bool {
        PermissiveWorld.is_folder(path)
    }

    fn tls(&self, _: &rbit_config::TlsSettings) -> Vec<rbit_config::TlsWrong> {
        Vec::new()
    }

    fn read_file(&self, path: &Path) -> std::io::Result<String> {
        self.0.read_file(path)
    }
}
