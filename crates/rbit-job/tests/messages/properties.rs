//! What holds for every message there could be.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use proptest::{collection::vec, option, prelude::*, sample::select};
use rbit_job::{JobId, JobRequest, Transport};

use crate::sample::{recorded, recordings};

proptest! {
    #[test]
    fn any_bytes_are_a_request_or_an_error_fit_to_be_shown(body: Vec<u8>) {
        decode_and_show(&body);
    }

    #[test]
    fn any_json_is_a_request_or_an_error_fit_to_be_shown(json in any_json()) {
        decode_and_show(json.as_bytes());
    }

    #[test]
    fn a_recorded_message_with_any_json_in_the_place_of_a_value_is_decoded_or_refused(
        name in select(recordings("front-end")), value in any::<prop::sample::Index>(), json in any_json(),
    ) {
        let message = String::from_utf8(recorded(&name)).unwrap();
        let values: Vec<_> = message.match_indices("\": ").map(|(at, found)| at + found.len()).collect();
        let at = *value.get(&values);
        let end = at + message[at..].find([',', '}']).unwrap();
        decode_and_show(format!("{}{json}{}", &message[..at], &message[end..]).as_bytes());
    }

    #[test]
    fn a_recorded_message_with_some_bytes_changed_is_decoded_or_refused(
        name in select(recordings("front-end")), changes in vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
    ) {
        let mut message = recorded(&name);
        for (place, byte) in changes {
            let place = place.index(message.len());
            message[place] = byte;
        }
        decode_and_show(&message);
    }

    #[test]
    fn a_request_is_decoded_to_its_own_values_whatever_the_order_of_keys_and_the_tags(
        request in any_request(), order: u64, style in select(vec![Style::Plain, Style::Tagged, Style::State]),
    ) {
        let json = encode(&request, &Encoding { order, style });
        prop_assert_eq!(JobRequest::decode(json.as_bytes()), Ok(request));
    }
}

fn decode_and_show(body: &[u8]) {
    if let Err(error) = JobRequest::decode(body) {
        let shown = error.to_string();
        assert!(shown.len() < 2000 && !shown.chars().any(char::is_control), "{shown:?}");
    }
}

/// JSON with the keys that mean something to the decoder, nested at random.
fn any_json() -> impl Strategy<Value = String> {
    let key = select(vec![
        "py/object",
        "py/id",
        "py/ref",
        "py/state",
        "py/tuple",
        "py/set",
        "py/repr",
        "py/reduce",
        "job",
        "id",
        "name",
        "packageinstance",
        "package",
        "version",
        "arch",
        "transport",
        "method",
        "commands",
        "timestamp",
        "a",
        "$serde_json::private::Number",
    ]);
    let text = select(vec![
        "pybit.models.BuildRequest",
        "pybit.models.Job",
        "pybit.models.Arch",
        "/",
        "/job",
        "7",
        "",
    ]);
    let leaf = prop_oneof![
        Just("null".to_owned()),
        any::<bool>().prop_map(|value| value.to_string()),
        any::<i64>().prop_map(|value| value.to_string()),
        (0..9u8).prop_map(|value| value.to_string()),
        any::<f64>().prop_map(|value| format!("{value:e}")),
        text.prop_map(quoted),
        any::<String>().prop_map(|text| quoted(&text)),
    ];
    leaf.prop_recursive(6, 64, 8, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(|items| format!("[{}]", items.join(","))),
            vec((key.clone().prop_map(quoted), inner), 0..8).prop_map(object),
        ]
    })
}

fn any_request() -> impl Strategy<Value = JobRequest> {
    let transport = (
        any::<String>(),
        option::of(any::<String>()),
        option::of(any::<String>()),
    );
    let names: [_; 6] = std::array::from_fn(|_| any::<String>());
    let rest = (option::of(0..=JobRequest::MAX_TIMESTAMP), any::<bool>());
    let texts: [_; 3] = std::array::from_fn(|_| option::of(any::<String>()));
    (any::<u128>(), names, transport, texts, rest).prop_map(|(job, names, transport, texts, (timestamp, master))| {
        let [package, version, arch, suite, dist, format] = names;
        let (method, uri, vcs_id) = transport;
        let [web_host, build_env, commands] = texts;
        JobRequest {
            job: JobId::new(job.to_string()).unwrap(),
            web_host,
            package,
            version,
            arch,
            suite,
            dist,
            format,
            build_env,
            master,
            transport: Transport { method, uri, vcs_id },
            commands,
            timestamp,
        }
    })
}

#[derive(Clone, Copy, Debug)]
enum Style {
    Plain,
    Tagged,
    State,
}

/// One of the many ways to write a request.
struct Encoding {
    order: u64,
    style: Style,
}

impl Encoding {
    fn object(&self, class: &str, mut entries: Vec<(&str, String)>) -> String {
        let tag = ("py/object", quoted(&format!("pybit.models.{class}")));
        match self.style {
            Style::Plain => self.shuffled(entries),
            Style::Tagged => {
                entries.push(tag);
                self.shuffled(entries)
            }
            Style::State => self.shuffled(vec![tag, ("py/state", self.shuffled(entries))]),
        }
    }

    fn shuffled(&self, mut entries: Vec<(&str, String)>) -> String {
        entries.sort_by_key(|(key, _)| BuildHasherDefault::<DefaultHasher>::default().hash_one((self.order, key)));
        object(entries.into_iter().map(|(key, value)| (quoted(key), value)).collect())
    }
}

fn encode(request: &JobRequest, encoding: &Encoding) -> String {
    let named = |class: &str, name: &str| encoding.object(class, vec![("name", quoted(name)), ("id", "1".to_owned())]);
    let package = vec![
        ("name", quoted(&request.package)),
        ("version", quoted(&request.version)),
    ];
    let instance = vec![
        ("package", encoding.object("Package", package)),
        ("arch", named("Arch", &request.arch)),
        ("suite", named("Suite", &request.suite)),
        ("distribution", named("Dist", &request.dist)),
        ("format", named("Format", &request.format)),
        ("build_env", or_null(&request.build_env, |name| named("BuildEnv", name))),
        ("master", request.master.to_string()),
    ];
    let job = vec![
        ("id", request.job.to_string()),
        ("packageinstance", encoding.object("PackageInstance", instance)),
    ];
    let transport = vec![
        ("method", quoted(&request.transport.method)),
        ("uri", or_null(&request.transport.uri, |text| quoted(text))),
        ("vcs_id", or_null(&request.transport.vcs_id, |text| quoted(text))),
    ];
    let request = vec![
        ("job", encoding.object("Job", job)),
        ("transport", encoding.object("Transport", transport)),
        ("web_host", or_null(&request.web_host, |text| quoted(text))),
        ("commands", or_null(&request.commands, |text| quoted(text))),
        ("timestamp", or_null(&request.timestamp, u64::to_string)),
    ];
    encoding.object("BuildRequest", request)
}

fn or_null<T>(value: &Option<T>, encode: impl Fn(&T) -> String) -> String {
    value.as_ref().map_or("null".to_owned(), encode)
}

fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn object(entries: Vec<(String, String)>) -> String {
    let entries: Vec<_> = entries
        .into_iter()
        .map(|(key, value)| format!("{key}:{value}"))
        .collect();
    format!("{{{}}}", entries.join(","))
}
