//! What something is that was expected to be something else, in the words of a person.

/// A kind of file by its first bytes; nothing if it is not known.
pub fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes).trim_ascii_start();
    if bytes.is_empty() {
        return Some("empty");
    }
    let begins = |sign: &[u8]| {
        bytes
            .get(..sign.len())
            .is_some_and(|start| start.eq_ignore_ascii_case(sign))
    };
    SIGNS.iter().find(|(sign, _)| begins(sign)).map(|(_, kind)| *kind)
}

const SIGNS: [(&[u8], &str); 7] = [
    (b"PK\x03\x04", "a zip"),
    (b"PK\x05\x06", "an empty zip"),
    (b"\x1f\x8b", "packed by gzip"),
    (b"%PDF", "a PDF"),
    (b"<!doctype html", "a web page"),
    (b"<html", "a web page"),
    (b"<?xml", "XML"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_known_by_its_first_bytes() {
        let cases: [(&[u8], Option<&str>); 6] = [
            (b"", Some("empty")),
            (b" \n", Some("empty")),
            (b"PK\x03\x04...", Some("a zip")),
            (b"\n<!DOCTYPE HTML PUBLIC", Some("a web page")),
            (b"\xef\xbb\xbf<HTML>", Some("a web page")),
            (b"no", None),
        ];
        for (bytes, kind) in cases {
            assert_eq!(kind_of(bytes), kind);
        }
    }
}
