//! The search for secrets.

use std::{borrow::Cow, fmt, sync::Arc};

use aho_corasick::{AhoCorasick, MatchKind};

use crate::forms::{MIN_SECRET, forms_of};

/// Takes secrets out of texts. Cheap to clone; one that knows no secret costs nothing.
///
/// ```
/// let redactor = rbit_redact::Redactor::new(["open sesame"]);
/// assert_eq!(redactor.text("?key=open%20sesame&x"), "?key=[redacted]&x");
/// ```
#[derive(Clone, Default)]
pub struct Redactor(Option<Arc<Search>>);

struct Search {
    forms: Vec<Vec<u8>>,
    automaton: AhoCorasick,
    longest: usize,
}

impl Redactor {
    /// Looks for these. What is shorter than [`MIN_SECRET`](crate::MIN_SECRET) is not looked for.
    pub fn new<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let secrets = secrets.into_iter().filter(|secret| secret.len() >= MIN_SECRET);
        let mut forms: Vec<_> = secrets.flat_map(forms_of).collect();
        forms.sort();
        forms.dedup();
        let automaton = AhoCorasick::builder()
            .match_kind(MatchKind::LeftmostLongest)
            .build(&forms);
        let search = automaton.ok().filter(|_| !forms.is_empty()).map(|automaton| Search {
            longest: forms.iter().map(Vec::len).max().unwrap_or_default(),
            forms,
            automaton,
        });
        Self(search.map(Arc::new))
    }

    /// The text without secrets.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        match &self.0 {
            Some(search) if search.automaton.is_match(text) => {
                // Forms are texts: what is between them is text, too.
                Cow::Owned(String::from_utf8_lossy(&search.replaced(text.as_bytes())).into_owned())
            }
            _ => Cow::Borrowed(text),
        }
    }

    /// The bytes without secrets.
    pub fn bytes<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        match &self.0 {
            Some(search) if search.automaton.is_match(bytes) => Cow::Owned(search.replaced(bytes)),
            _ => Cow::Borrowed(bytes),
        }
    }

    /// The bytes without secrets, and without the beginning of one at their end: for what was broken off.
    pub fn broken_off(&self, bytes: &[u8]) -> Vec<u8> {
        let Some(search) = &self.0 else { return bytes.to_vec() };
        let mut replaced = search.replaced(bytes);
        let begun = search.forms.iter().filter_map(|form| begun(form, bytes)).max();
        if let Some(begun) = begun.filter(|begun| {
            bytes.len() >= *begun && replaced.ends_with(bytes.get(bytes.len() - begun..).unwrap_or_default())
        }) {
            replaced.truncate(replaced.len() - begun);
            replaced.extend_from_slice(REDACTED.as_bytes());
        }
        replaced
    }

    /// How many bytes beyond a cut have to be there so that no secret is cut in two.
    pub fn reach(&self) -> usize {
        self.0.as_ref().map_or(0, |search| search.longest.saturating_sub(1))
    }

    /// The first place from `at` on where the bytes can be cut without cutting a secret. `bytes` goes on for [`Self::reach`] behind `at`, or
    /// to the end of the text.
    pub fn cut(&self, bytes: &[u8], at: usize) -> usize {
        let Some(search) = &self.0 else { return at };
        let across = search.automaton.find_iter(bytes).find(|found| found.end() > at);
        across
            .filter(|found| found.start() < at)
            .map_or(at, |found| found.end())
    }
}

impl Search {
    fn replaced(&self, bytes: &[u8]) -> Vec<u8> {
        let mut replaced = Vec::with_capacity(bytes.len());
        self.automaton
            .replace_all_with_bytes(bytes, &mut replaced, |_, _, replaced| {
                replaced.extend_from_slice(REDACTED.as_bytes());
                true
            });
        replaced
    }
}

/// Bytes at the end that a form begins with.
fn begun(form: &[u8], bytes: &[u8]) -> Option<usize> {
    let longest = form.len().saturating_sub(1).min(bytes.len());
    (MIN_SECRET..=longest)
        .rev()
        .find(|length| form.get(..*length).is_some_and(|begin| bytes.ends_with(begin)))
}

/// Says how long its longest form is, and nothing else.
impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("reach", &self.reach())
            .finish_non_exhaustive()
    }
}

/// Stands where a secret was.
pub const REDACTED: &str = "[redacted]";

#[cfg(test)]
mod tests {
    use base64::{
        Engine as _,
        engine::general_purpose::{STANDARD, URL_SAFE},
    };
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_secret_is_found_in_each_form() {
        let redactor = Redactor::new(["s3s?me \"/\u{fc}"]);
        for text in [
            "s3s?me \"/\u{fc}",
            "s3s%3Fme%20%22%2F%C3%BC",
            "s3s%3fme%20%22%2f%c3%bc",
            "s3s%3Fme+%22%2F%C3%BC",
            "s3s?me \\\"/\u{fc}",
        ] {
            assert_eq!(redactor.text(&format!("<{text}>")), "<[redacted]>", "{text}");
        }
        assert_eq!(redactor.text("nothing of it"), "nothing of it");
    }

    #[test]
    fn the_lines_of_a_longer_secret_are_found_each_for_itself() {
        let redactor = Redactor::new(["-----BEGIN\nMIIEvQIBADAN\n}\n"]);
        assert_eq!(redactor.text("> MIIEvQIBADAN"), "> [redacted]");
        assert_eq!(redactor.text("{ }"), "{ }");
        assert_eq!(redactor.text("-----BEGIN\\nMIIEvQIBADAN\\n}"), "[redacted]");
    }

    #[test]
    fn a_short_value_is_not_looked_for() {
        assert_eq!(Redactor::new(["abc", ""]).text("abc"), "abc");
        assert_eq!(Redactor::new(["abcd"]).text("abcd"), "[redacted]");
    }

    #[test]
    fn of_two_secrets_the_longer_one_is_taken_out() {
        let redactor = Redactor::new(["sesame", "sesame-street"]);
        assert_eq!(redactor.text("sesame-street sesame"), "[redacted] [redacted]");
    }

    #[test]
    fn a_secret_that_was_broken_off_is_not_shown_in_part() {
        let redactor = Redactor::new(["open-sesame"]);
        assert_eq!(redactor.broken_off(b"x open-ses"), b"x [redacted]");
        assert_eq!(redactor.broken_off(b"x ope"), b"x ope");
        assert_eq!(redactor.broken_off(b"open-sesame"), b"[redacted]");
    }

    #[test]
    fn nothing_of_a_secret_is_in_its_debug_form() {
        assert!(!format!("{:?}", Redactor::new(["sesame"])).contains("sesame"));
    }

    proptest! {
        #[test]
        fn base64_of_a_text_with_a_secret_does_not_give_it_away(
            before in ".{0,9}", secret in "[!-~]{6,40}", after in ".{0,9}", is_for_urls: bool
        ) {
            let engine = if is_for_urls { &URL_SAFE } else { &STANDARD };
            let encoded = engine.encode(format!("{before}{secret}{after}"));
            let redactor = Redactor::new([secret.as_str()]);
            prop_assert!(redactor.text(&encoded).contains(REDACTED), "{encoded}");
        }

        #[test]
        fn a_cut_never_goes_through_a_secret(before in "[a-c]{0,20}", after in "[a-c]{0,40}", at in 0usize..40) {
            let redactor = Redactor::new(["abcabba", "cabb"]);
            let text = format!("{before}abcabba{after}");
            let at = at.min(text.len().saturating_sub(redactor.reach()));
            let (first, second) = text.split_at(redactor.cut(text.as_bytes(), at));
            prop_assert_eq!(format!("{}{}", redactor.text(first), redactor.text(second)), redactor.text(&text));
        }
    }
}
