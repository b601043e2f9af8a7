//! The forms in which a secret turns up.

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

/// Bytes that a secret has at least: what is shorter is part of too much else.
pub const MIN_SECRET: usize = 4;
/// Bytes that a secret has at most.
pub const MAX_SECRET: usize = 8 << 10;

/// Every form of a secret that is looked for. None has a line end in it.
pub(crate) fn forms_of(secret: &str) -> Vec<Vec<u8>> {
    let lines: Vec<&str> = secret.lines().map(str::trim).collect();
    let mut wholes = vec![secret];
    if lines.len() > 1 {
        // Lines such as `}` or `---` are no secrets.
        wholes.extend(lines.iter().filter(|line| line.len() >= MIN_LINE));
    }
    // A value that was read without the line end that it has.
    wholes.push(secret.trim());
    let mut forms = Vec::new();
    for whole in wholes {
        forms.push(whole.as_bytes().to_vec());
        forms.extend(in_urls(whole));
        forms.push(in_json(whole).into_bytes());
        forms.extend(in_base64(whole.as_bytes()));
    }
    forms.retain(|form| form.len() >= MIN_SECRET && !form.contains(&b'\n'));
    forms.sort();
    forms.dedup();
    forms
}

/// Percent-encoded, with either kind of hexadecimal digits, and as forms are sent.
fn in_urls(text: &str) -> [Vec<u8>; 3] {
    let encode = |digits: &[u8; 16], blank: Option<u8>| {
        let mut encoded = Vec::new();
        for byte in text.bytes() {
            let digit = |half: u8| digits.get(usize::from(half)).copied();
            match (byte, blank) {
                (b' ', Some(blank)) => encoded.push(blank),
                _ if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) => encoded.push(byte),
                _ => encoded.extend([Some(b'%'), digit(byte >> 4), digit(byte & 15)].into_iter().flatten()),
            }
        }
        encoded
    };
    [
        encode(b"0123456789ABCDEF", None),
        encode(b"0123456789abcdef", None),
        encode(b"0123456789ABCDEF", Some(b'+')),
    ]
}

/// As the inside of a JSON string.
fn in_json(text: &str) -> String {
    let mut escaped = String::new();
    for c in text.chars() {
        match c {
            '"' | '\\' => escaped.extend(['\\', c]),
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            c => escaped.push(c),
        }
    }
    escaped
}

/// What base64 makes of it wherever it stands in what is encoded: without the characters that its neighbours have a part in. In
/// both alphabets, and cut into lines as PEM and mail do.
fn in_base64(bytes: &[u8]) -> Vec<Vec<u8>> {
    let mut forms = Vec::new();
    for before in 0..3 {
        let shifted: Vec<u8> = vec![0; before].into_iter().chain(bytes.iter().copied()).collect();
        let encoded = STANDARD_NO_PAD.encode(&shifted);
        let own = (before * 8).div_ceil(6)..shifted.len() * 8 / 6;
        let own = encoded.get(own).unwrap_or_default();
        for width in [64, 76] {
            let lines = own
                .as_bytes()
                .chunks(width)
                .filter(|line| before == 0 && line.len() >= MIN_LINE);
            forms.extend(lines.map(<[u8]>::to_vec));
        }
        forms.push(own.as_bytes().to_vec());
    }
    let other: Vec<_> = forms.iter().map(|form| other_alphabet(form)).collect();
    forms.extend(other);
    forms
}

/// The alphabet for URLs and names of files.
fn other_alphabet(form: &[u8]) -> Vec<u8> {
    let other = |byte: &u8| match byte {
        b'+' => b'-',
        b'/' => b'_',
        byte => *byte,
    };
    form.iter().map(other).collect()
}

/// Bytes that a line of a longer secret has at least.
const MIN_LINE: usize = 8;
