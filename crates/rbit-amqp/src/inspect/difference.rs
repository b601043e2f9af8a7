//! What a broker says when it refuses a declaration because of one that was made before.

use lapin::{
    options::QueueDeclareOptions,
    types::{AMQPValue, FieldTable, ShortString},
};

use crate::broker_error::BrokerError;

/// One property or argument in which something differs from what is needed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// `durable`, `type`, or an argument such as `x-message-ttl`.
    pub name: String,
    /// What it has.
    pub found: Setting,
    kind: String,
}

/// The value of a property or argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Setting {
    /// It has none.
    Unset,
    /// This.
    Is(String),
    /// The broker's words were cut off before it: they have room for 255 bytes, the names of queue and virtual host included.
    Untold,
}

impl Difference {
    /// A difference that somebody tells of.
    pub fn new(name: impl Into<String>, found: Setting) -> Self {
        Self {
            name: name.into(),
            found,
            kind: String::new(),
        }
    }

    /// The difference that an error is about.
    pub(super) fn read(error: &BrokerError) -> Option<Self> {
        Self::parse(&error.to_string())
    }

    /// Reads `inequivalent arg 'x-message-ttl' for queue 'q' in vhost '/': received none but current is the value '5' of type 'long'`.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.split_once("inequivalent arg '")?;
        let (name, rest) = rest.split_once('\'')?;
        let current = rest.rsplit_once(" but current is ").map(|(_, current)| current);
        let (found, kind) = current.and_then(setting).unwrap_or((Setting::Untold, String::new()));
        Some(Self {
            name: name.to_owned(),
            found,
            kind,
        })
    }

    /// Makes a declaration one that has what was found. False if that cannot be done.
    pub(super) fn adopt(&self, options: &mut QueueDeclareOptions, arguments: &mut FieldTable) -> bool {
        match (self.name.as_str(), &self.found) {
            ("durable", Setting::Is(value)) => options.durable = value == "true",
            ("auto_delete", Setting::Is(value)) => options.auto_delete = value == "true",
            (name, Setting::Unset) => *arguments = without(arguments, name),
            (name, Setting::Is(value)) => {
                let like = arguments.inner().get(name);
                let (Ok(name), Some(value)) = (ShortString::try_new(name), self.value(value, like)) else {
                    return false;
                };
                arguments.insert(name, value);
            }
            (_, Setting::Untold) => return false,
        }
        true
    }

    /// The broker names the type only if it is not that of the declaration. All whole numbers are of one type to it.
    fn value(&self, text: &str, like: Option<&AMQPValue>) -> Option<AMQPValue> {
        match (self.kind.as_str(), like) {
            ("longstr", _) | ("", Some(AMQPValue::LongString(_))) => Some(AMQPValue::LongString(text.into())),
            ("bool", _) | ("", Some(AMQPValue::Boolean(_))) => Some(AMQPValue::Boolean(text == "true")),
            _ => text.parse().ok().map(AMQPValue::LongLongInt),
        }
    }
}

/// A value in the broker's words with its type, if it names one: `none`, `'5'`, or `the value '5' of type 'long'`.
fn setting(words: &str) -> Option<(Setting, String)> {
    if words.starts_with("none") {
        return Some((Setting::Unset, String::new()));
    }
    let quoted = words.strip_prefix("the value ").unwrap_or(words).strip_prefix('\'')?;
    let (value, kind) = match quoted.split_once("' of type '") {
        Some((value, kind)) => (value, kind.split_once('\'')?.0),
        None => (quoted.split_once('\'')?.0, ""),
    };
    Some((Setting::Is(value.to_owned()), kind.to_owned()))
}

fn without(arguments: &FieldTable, name: &str) -> FieldTable {
    let mut rest = FieldTable::default();
    for (known, value) in arguments.into_iter().filter(|(known, _)| known.as_str() != name) {
        rest.insert(known.clone(), value.clone());
    }
    rest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(current: &str) -> Setting {
        let text = format!(
            "PRECONDITION_FAILED - inequivalent arg 'x-a' for queue 'q but current is' in vhost '/': received none{current}"
        );
        let difference = Difference::parse(&text).unwrap();
        assert_eq!(difference.name, "x-a");
        difference.found
    }

    #[test]
    fn each_form_of_the_brokers_words_is_read() {
        assert_eq!(
            found(" but current is the value '5000' of type 'signedint'"),
            Setting::Is("5000".into())
        );
        assert_eq!(
            found(" but current is the value '' of type 'longstr'"),
            Setting::Is(String::new())
        );
        assert_eq!(found(" but current is 'false'"), Setting::Is("false".into()));
        assert_eq!(found(" but current is none"), Setting::Unset);
    }

    #[test]
    fn words_that_were_cut_off_tell_the_name_alone() {
        for cut in [
            "",
            " but curr",
            " but current is ",
            " but current is the value '50",
            " but current is the value '5' of type 'lo",
        ] {
            assert_eq!(found(cut), Setting::Untold, "{cut}");
        }
        assert_eq!(Difference::parse("NOT_FOUND - no queue 'q' in vhost '/'"), None);
    }

    #[test]
    fn what_was_found_is_declared_the_next_time() {
        let mut arguments = FieldTable::default();
        arguments.insert("x-queue-type".into(), AMQPValue::LongString("quorum".into()));
        let mut options = QueueDeclareOptions::durable();
        for words in [
            "inequivalent arg 'durable' for queue 'q' in vhost '/': received 'true' but current is 'false'",
            "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received the value 'quorum' of type 'longstr' but current is none",
            "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received none but current is the value 'classic' of type 'longstr'",
            "inequivalent arg 'x-queue-type' for queue 'q' in vhost '/': received 'classic' but current is 'stream'",
            "inequivalent arg 'x-max-length' for queue 'q' in vhost '/': received none but current is the value '7' of type 'long'",
        ] {
            assert!(
                Difference::parse(words).unwrap().adopt(&mut options, &mut arguments),
                "{words}"
            );
        }
        let mut expected = FieldTable::default();
        expected.insert("x-queue-type".into(), AMQPValue::LongString("stream".into()));
        expected.insert("x-max-length".into(), AMQPValue::LongLongInt(7));
        assert_eq!((options.durable, arguments), (false, expected));
    }
}
