//! The rows of the table.

use std::time::Duration;

use rbit_job::{BuildRequest, Limits, Reason, Transport};

use super::{
    Case, Expected,
    stage::{BARE, LETTERHEAD, TEXT},
};

/// All of them.
pub fn cases() -> Vec<Case> {
    [hello(), told(), files(), endings(), limits()].concat()
}

fn hello() -> Vec<Case> {
    let greeting = "Hello Wörld! This is m9003 1.2.\n";
    let file = || pair("m9003-1.2.txt", greeting);
    let letter = pair("m9003-1.2.letter.txt", &format!("{LETTERHEAD}\n{greeting}"));
    let named = |name, expected| case(name, "hello", expected).with("name", "Wörld");
    let mut nowhere = named(
        "hello, bad name",
        ended(Reason::GuestFailed, "`../m9003-1.2.txt` is no file name"),
    );
    nowhere.request.package = "../m9003".into();
    vec![
        Case {
            printed: &["stdout: Hello Wörld!", "stdout: Building m9003"],
            ..named("hello", Expected::Done(vec![file()]))
        },
        named("hello, two files", Expected::Done(vec![file(), letter])).with("stationery", "x"),
        named(
            "hello, blocked",
            ended(
                Reason::GuestBlocked,
                "`/mnt/stationery/letterhead.txt` is not there yet",
            ),
        )
        .with("stationery", BARE),
        case(
            "hello, failed",
            "hello",
            ended(Reason::GuestFailed, "a `name` was not configured"),
        ),
        nowhere,
    ]
}

/// Settings and request arrive whole.
fn told() -> Vec<Case> {
    let long = "längst ☃ ".repeat(4000);
    let mut plain = contract("tells");
    plain.request.build_env = Some("bookworm".into());
    let mut unicode = contract("tells").with("schlüssel", "ein = Wert, 日本語 \u{1f600} \u{7f}\t");
    unicode.name = "tells, unicode";
    unicode.request.package = "größer/☃ \u{10ffff}".into();
    unicode.request.transport.uri = Some("http://exämple.org/?a=b&c=\"d\"".into());
    let mut empty = contract("tells").with("empty", "");
    empty.name = "tells, empty";
    empty.request = BuildRequest {
        package: String::new(),
        version: String::new(),
        build_env: Some(String::new()),
        commands: Some(String::new()),
        transport: Transport {
            method: String::new(),
            uri: Some(String::new()),
            vcs_id: None,
        },
        master: false,
        ..request()
    };
    let mut many = contract("tells").with("long", &long);
    many.name = "tells, long";
    many.request.commands = Some(long);
    many.request.timestamp = 9_007_199_254_740_991;
    many.request.attempt = u32::MAX;
    let mut told = vec![plain, unicode, empty, many];
    for case in &mut told {
        case.expected = Expected::Done(vec![pair("told.txt", &telling(case))]);
    }
    told
}

fn files() -> Vec<Case> {
    let several = [("one.txt", "1\n"), ("folder/two.txt", "2\n"), ("drei ß.txt", "3\n")];
    let several = several.map(|(name, text)| pair(name, text)).to_vec();
    let none = || Expected::Done(vec![]);
    vec![
        contract("none").to(none()),
        contract("several").to(Expected::Done(several)),
        contract("reads")
            .with("folder", "x")
            .to(Expected::Done(vec![pair("read.txt", TEXT)])),
        contract("escapes").with("folder", "x").to(none()),
        Case {
            times: 2,
            ..contract("marks").to(none())
        },
    ]
}

fn endings() -> Vec<Case> {
    let text = "es fehlt – „etwas“ ☃";
    vec![
        contract("fails")
            .with("text", text)
            .to(ended(Reason::GuestFailed, text)),
        contract("blocks")
            .with("text", text)
            .to(ended(Reason::GuestBlocked, text)),
        contract("crashes").to(ended(Reason::GuestTrap, "on purpose")),
        Case {
            printed: &["stdout: out: ä", "stderr: err: ä"],
            ..contract("prints").to(Expected::Done(vec![]))
        },
    ]
}

fn limits() -> Vec<Case> {
    let mut eats = contract("eats").to(ended(Reason::MemoryLimit, "memory: limit 96 MiB"));
    eats.limits.memory = 96 << 20;
    let mut spins = contract("spins").to(ended(Reason::Timeout, "timeout: limit 300ms"));
    spins.limits.timeout = Duration::from_millis(300);
    vec![eats, spins]
}

/// What the guest `contract` writes of what it was told.
fn telling(case: &Case) -> String {
    let BuildRequest { transport, .. } = &case.request;
    let some = |text: &String| Some(text.clone());
    let request = &case.request;
    let fields = [
        ("job", some(&request.job)),
        ("package", some(&request.package)),
        ("version", some(&request.version)),
        ("arch", some(&request.arch)),
        ("suite", some(&request.suite)),
        ("dist", some(&request.dist)),
        ("format", some(&request.format)),
        ("build-env", request.build_env.clone()),
        ("master", Some(request.master.to_string())),
        ("method", some(&transport.method)),
        ("uri", transport.uri.clone()),
        ("vcs-id", transport.vcs_id.clone()),
        ("commands", request.commands.clone()),
        ("timestamp", Some(request.timestamp.to_string())),
        ("attempt", Some(request.attempt.to_string())),
    ];
    let settings = case
        .settings
        .iter()
        .map(|(key, value)| (key.as_str(), Some(value.clone())));
    let line = |(key, value): (&str, Option<String>)| match value {
        Some(value) => format!("{key}={value}\n"),
        None => format!("{key}\n"),
    };
    fields.into_iter().chain(settings).map(line).collect()
}

impl Case {
    fn with(mut self, key: &str, value: &str) -> Self {
        self.settings.push(pair(key, value));
        self
    }

    fn to(self, expected: Expected) -> Self {
        Self { expected, ..self }
    }
}

fn contract(name: &'static str) -> Case {
    case(name, "contract", Expected::Done(vec![])).with("case", name)
}

fn case(name: &'static str, guest: &'static str, expected: Expected) -> Case {
    Case {
        name,
        guest,
        settings: vec![],
        request: request(),
        limits: Limits::default(),
        times: 1,
        printed: &[],
        expected,
    }
}

fn ended(reason: Reason, says: &str) -> Expected {
    Expected::Ended(reason, says.to_owned())
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

fn request() -> BuildRequest {
    BuildRequest {
        job: "17".into(),
        package: "m9003".into(),
        version: "1.2".into(),
        arch: "any".into(),
        suite: "latex".into(),
        dist: "cnx".into(),
        format: "pdf".into(),
        build_env: None,
        master: true,
        transport: Transport {
            method: "http".into(),
            uri: Some("http://example.org/content".into()),
            vcs_id: Some(String::new()),
        },
        commands: None,
        timestamp: 1_352_000_000,
        attempt: 1,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn each_row_has_a_name_of_its_own() {
        let cases = cases();
        let names: HashSet<_> = cases.iter().map(|case| case.name).collect();
        assert_eq!(names.len(), cases.len());
        assert_eq!(cases.len(), 20);
    }
}
