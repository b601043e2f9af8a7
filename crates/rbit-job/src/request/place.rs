//! A place in a message: reads what stands there as one type, and names the place when it is another.

use super::{DecodeError, JobRequest, class::Class, error::excerpt, node::Node, reference};
use crate::JobId;

/// A value of a message, with the way to it.
pub(super) struct Place<'m> {
    document: &'m Node,
    node: &'m Node,
    path: String,
}

/// The attributes of an object of a message.
pub(super) struct Attributes<'m> {
    document: &'m Node,
    entries: &'m [(String, Node)],
    /// Empty for the message itself.
    path: String,
}

impl<'m> Place<'m> {
    /// The whole message.
    pub(super) fn message(document: &'m Node) -> Self {
        Self {
            document,
            node: document,
            path: String::new(),
        }
    }

    /// The attributes of the object of this class that stands here, or that a reference here leads to.
    ///
    /// An object without a tag is taken for what is expected; one with a tag must carry the right one.
    pub(super) fn object(&self, class: Class) -> Result<Attributes<'m>, DecodeError> {
        self.refuse_code(self.node)?;
        let node = reference::follow(self.document, self.node, class, self.path())?;
        let attributes = self.attributes(node)?;
        if let Some(tag) = attributes.get("py/object") {
            self.check_class(node, &tag.text()?, class)?;
        }
        match attributes.get("py/state") {
            Some(state) => self.attributes(state.node),
            None => Ok(attributes),
        }
    }

    /// A text of at most [`JobRequest::MAX_TEXT`] bytes.
    pub(super) fn text(&self) -> Result<String, DecodeError> {
        let Node::Text(text) = self.node else {
            return Err(self.unexpected("text"));
        };
        self.check_length(text.len())?;
        Ok(text.clone())
    }

    /// A text, or a list, tuple or set of texts: these become the lines of one.
    pub(super) fn lines(&self) -> Result<String, DecodeError> {
        let Some(items) = self.items() else { return self.text() };
        let lines: Vec<_> = items
            .iter()
            .enumerate()
            .map(|(index, item)| self.item(index, item).text())
            .collect::<Result<_, _>>()?;
        let text = lines.join("\n");
        self.check_length(text.len())?;
        Ok(text)
    }

    /// A number that can name a job.
    pub(super) fn job_id(&self) -> Result<JobId, DecodeError> {
        let Node::Number(digits) = self.node else {
            return Err(self.unexpected("a whole number"));
        };
        JobId::new(digits.as_str()).map_err(|_| self.unexpected("a whole number of at most 40 digits"))
    }

    /// True or false.
    pub(super) fn flag(&self) -> Result<bool, DecodeError> {
        match self.node {
            Node::Bool(value) => Ok(*value),
            _ => Err(self.unexpected("true or false")),
        }
    }

    /// Unix seconds. A fraction is dropped: Python's clock counts in floating point.
    pub(super) fn seconds(&self) -> Result<u64, DecodeError> {
        let Node::Number(digits) = self.node else {
            return Err(self.unexpected("a number of seconds"));
        };
        let seconds = digits.parse().ok().or_else(|| without_fraction(digits));
        let is_in_range = |seconds: &u64| *seconds <= JobRequest::MAX_TIMESTAMP;
        seconds
            .filter(is_in_range)
            .ok_or_else(|| self.unexpected("Unix seconds before the year 10000"))
    }

    /// The items of a list, tuple or set.
    fn items(&self) -> Option<&'m [Node]> {
        match self.node {
            Node::List(items) => Some(items),
            Node::Object(entries) => match entries.as_slice() {
                [(tag, Node::List(items))] if SEQUENCES.contains(&tag.as_str()) => Some(items),
                _ => None,
            },
            _ => None,
        }
    }

    fn item(&self, index: usize, node: &'m Node) -> Self {
        Self {
            document: self.document,
            node,
            path: format!("{}[{index}]", self.path),
        }
    }

    fn path(&self) -> &str {
        if self.path.is_empty() {
            DecodeError::MESSAGE
        } else {
            &self.path
        }
    }

    fn attributes(&self, node: &'m Node) -> Result<Attributes<'m>, DecodeError> {
        self.refuse_code(node)?;
        let Node::Object(entries) = node else {
            return Err(self.unexpected_node(node, "an object"));
        };
        Ok(Attributes {
            document: self.document,
            entries,
            path: self.path.clone(),
        })
    }

    fn check_class(&self, node: &Node, tag: &str, wanted: Class) -> Result<(), DecodeError> {
        if wanted.accepts(tag) {
            Ok(())
        } else if self.path.is_empty() {
            Err(DecodeError::WrongMessage {
                class: excerpt(tag),
                expected: wanted.name(),
            })
        } else {
            Err(self.unexpected_node(node, wanted.name()))
        }
    }

    fn check_length(&self, bytes: usize) -> Result<(), DecodeError> {
        if bytes > JobRequest::MAX_TEXT {
            return Err(DecodeError::TooLong {
                path: self.path().to_owned(),
                bytes,
            });
        }
        Ok(())
    }

    fn refuse_code(&self, node: &Node) -> Result<(), DecodeError> {
        match CODE.into_iter().find(|tag| node.get(tag).is_some()) {
            Some(tag) => Err(DecodeError::Code {
                path: self.path().to_owned(),
                tag,
            }),
            None => Ok(()),
        }
    }

    fn unexpected(&self, expected: &'static str) -> DecodeError {
        let unexpected = || self.unexpected_node(self.node, expected);
        self.refuse_code(self.node).err().unwrap_or_else(unexpected)
    }

    fn unexpected_node(&self, node: &Node, expected: &'static str) -> DecodeError {
        DecodeError::Unexpected {
            path: self.path().to_owned(),
            found: node.describe(),
            expected,
        }
    }
}

impl<'m> Attributes<'m> {
    /// The place of an attribute that must be there.
    pub(super) fn require(&self, key: &str) -> Result<Place<'m>, DecodeError> {
        self.get(key).ok_or_else(|| DecodeError::Missing {
            path: self.path_of(key),
        })
    }

    /// The place of an attribute; none if it is absent or null.
    pub(super) fn get(&self, key: &str) -> Option<Place<'m>> {
        let (_, node) = self.entries.iter().find(|(name, _)| name == key)?;
        let is_null = *node == Node::Null;
        (!is_null).then(|| Place {
            document: self.document,
            node,
            path: self.path_of(key),
        })
    }

    fn path_of(&self, key: &str) -> String {
        if self.path.is_empty() {
            key.to_owned()
        } else {
            format!("{}.{key}", self.path)
        }
    }
}

/// Tags whose value jsonpickle gets by evaluating an expression or calling a function.
const CODE: [&str; 2] = ["py/repr", "py/reduce"];

/// Tags whose value is the list of their items.
const SEQUENCES: [&str; 2] = ["py/tuple", "py/set"];

fn without_fraction(digits: &str) -> Option<u64> {
    let seconds: f64 = digits.parse().ok()?;
    let is_in_range = (0.0..=JobRequest::MAX_TIMESTAMP as f64).contains(&seconds);
    is_in_range.then_some(seconds as u64)
}
