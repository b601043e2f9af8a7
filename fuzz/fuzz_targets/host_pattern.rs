//! Any text as a pattern and as the target of a request: what is read is written the same, and means itself and nothing else.

#![no_main]

use libfuzzer_sys::fuzz_target;
use rbit_job::http::{Host, HostPattern, InternalHost, Target};

fuzz_target!(|text: &str| {
    if let Ok(pattern) = text.parse::<HostPattern>() {
        let written = pattern.to_string();
        assert_eq!(written.parse(), Ok(pattern), "{written}");
    }
    if let Ok(internal) = text.parse::<InternalHost>() {
        let written = internal.to_string();
        assert_eq!(written.parse(), Ok(internal), "{written}");
    }
    let Some((scheme, authority)) = text.split_once("://") else {
        return;
    };
    if let Ok(target) = Target::parse(scheme, authority) {
        let written = target.to_string();
        assert!(
            written.is_ascii() && !written.contains(['@', '\\', '#', '?', '*', ' ']),
            "{written}"
        );
        assert_eq!(
            Target::parse(target.scheme.as_str(), &target.authority()),
            Ok(target.clone()),
            "{written}"
        );
        let itself: HostPattern = written.parse().expect("a target is a pattern");
        assert!(itself.matches(&target));
        let any: HostPattern = format!("{}://*:{}", target.scheme, target.port)
            .parse()
            .expect("a pattern");
        assert_eq!(any.matches(&target), matches!(target.host, Host::Name(_)));
    }
});
