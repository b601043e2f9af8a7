//! The part of the table that is about the network: one guest that asks for what it must not get, and is refused before anybody is asked
//! for a connection; and once for an answer that never comes.

use super::Case;

/// The cases of the guest that makes requests.
pub(super) fn cases(base: Case) -> Vec<Case> {
    let plain = Case {
        settings: "requests = GET http 127.0.0.1:1 /\nthen = fails",
        ..base
    };
    let asked = ASKED.iter().map(|(variant, settings, sandbox)| Case {
        variant,
        settings,
        sandbox,
        says: "was refused: ",
        ..base
    });
    let bent = Case {
        variant: "absolute-uri",
        settings: "requests = GET http cnx.test http://evil.test/\nthen = fails",
        sandbox: "allow-http = http://cnx.test",
        reason: "guest-failed",
        says: "path",
        ..base
    };
    let silent = Case {
        variant: "silent",
        settings: "requests = GET http SILENT /\nthen = fails",
        sandbox: "timeout = 300ms\nallow-http = http://SILENT\nallow-internal = 127.0.0.1=127.0.0.1",
        reason: "timeout",
        says: "timeout: limit 300ms",
        ..base
    };
    std::iter::once(plain).chain(asked).chain([bent, silent]).collect()
}

/// What is asked for, and what would allow it if it were not for the rule that is meant.
const ASKED: [(&str, &str, &str); 13] = [
    (
        "connect",
        "requests = CONNECT http cnx.test /\nthen = fails",
        "allow-http = http://cnx.test",
    ),
    (
        "trace",
        "requests = TRACE http cnx.test /\nthen = fails",
        "allow-http = http://cnx.test",
    ),
    (
        "user",
        "requests = GET http joe@cnx.test /\nthen = fails",
        "allow-http = http://*",
    ),
    (
        "user-as-host",
        "requests = GET http cnx.test@evil.test /\nthen = fails",
        "allow-http = http://cnx.test",
    ),
    (
        "number",
        "requests = GET http 2130706433 /\nthen = fails",
        "allow-http = http://*",
    ),
    (
        "loopback",
        "requests = GET http 127.0.0.1 /\nthen = fails",
        "allow-http = http://127.0.0.1",
    ),
    (
        "private",
        "requests = GET http 10.0.0.1 /\nthen = fails",
        "allow-http = http://10.0.0.1",
    ),
    (
        "shared",
        "requests = GET http 100.64.0.1 /\nthen = fails",
        "allow-http = http://100.64.0.1",
    ),
    (
        "metadata",
        "requests = GET http 169.254.169.254 /latest\nthen = fails",
        "allow-http = http://169.254.169.254",
    ),
    (
        "mapped",
        "requests = GET http [::ffff:127.0.0.1] /\nthen = fails",
        "allow-http = http://[::ffff:127.0.0.1]",
    ),
    (
        "6to4",
        "requests = GET http [2002:7f00:1::] /\nthen = fails",
        "allow-http = http://[2002:7f00:1::]",
    ),
    (
        "nat64",
        "requests = GET http [64:ff9b::7f00:1] /\nthen = fails",
        "allow-http = http://[64:ff9b::7f00:1]",
    ),
    (
        "teredo",
        "requests = GET http [2001::7f00:1] /\nthen = fails",
        "allow-http = http://[2001::7f00:1]",
    ),
];
