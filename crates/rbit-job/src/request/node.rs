//! JSON as a tree that keeps what `serde_json::Value` loses: the order of keys, and keys that are given twice.

use std::{collections::HashSet, fmt};

use serde::{
    Deserialize, Deserializer,
    de::{Error, MapAccess, SeqAccess, Visitor},
};

use super::error::{DecodeError, excerpt};

/// A JSON value. At most 127 deep: `serde_json` refuses more, so that walking the tree by recursion is safe.
#[derive(Debug, PartialEq)]
pub(super) enum Node {
    Null,
    Bool(bool),
    /// The digits as they were written, however many; only the spelling of an exponent may differ.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// In the order of the document.
    Object(Vec<(String, Node)>),
}

impl Node {
    /// Reads a whole text. In what it gives back, no object has a key twice.
    pub(super) fn parse(json: &str) -> Result<Self, DecodeError> {
        let node: Self = serde_json::from_str(json).map_err(|error| DecodeError::NotJson(error.to_string()))?;
        match node.duplicate_key() {
            Some(key) => Err(DecodeError::Duplicate { key: excerpt(key) }),
            None => Ok(node),
        }
    }

    /// The value of the entry with this key, if it is an object that has one.
    pub(super) fn get(&self, key: &str) -> Option<&Self> {
        let Self::Object(entries) = self else { return None };
        entries.iter().find_map(|(name, value)| (name == key).then_some(value))
    }

    /// The class that jsonpickle tagged it with.
    pub(super) fn class(&self) -> Option<&str> {
        match self.get("py/object") {
            Some(Self::Text(class)) => Some(class),
            _ => None,
        }
    }

    fn duplicate_key(&self) -> Option<&str> {
        match self {
            Self::List(items) => items.iter().find_map(Self::duplicate_key),
            Self::Object(entries) => {
                let mut seen = HashSet::with_capacity(entries.len());
                let duplicate = entries.iter().find(|(key, _)| !seen.insert(key));
                duplicate
                    .map(|(key, _)| key.as_str())
                    .or_else(|| entries.iter().find_map(|(_, value)| value.duplicate_key()))
            }
            _ => None,
        }
    }

    /// What it is, for an error.
    pub(super) fn describe(&self) -> String {
        match self {
            Self::Null => "null".to_owned(),
            Self::Bool(value) => value.to_string(),
            Self::Number(digits) => format!("the number `{}`", excerpt(digits)),
            Self::Text(_) => "text".to_owned(),
            Self::List(_) => "a list".to_owned(),
            Self::Object(entries) => match (self.class(), entries.iter().find(|(key, _)| key.starts_with("py/"))) {
                (Some(class), _) => format!("an object of class `{}`", excerpt(class)),
                (None, Some((tag, _))) => format!("an object with `{}`", excerpt(tag)),
                (None, None) => "an object".to_owned(),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Bool(value))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(Node::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(Node::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Node, A::Error> {
        let mut entries = Vec::new();
        while let Some(key) = map.next_key::<String>()? {
            if entries.is_empty() && key == NUMBER {
                return number(&map.next_value::<String>()?);
            }
            entries.push((key, map.next_value()?));
        }
        Ok(Node::Object(entries))
    }
}

fn number<E: Error>(digits: &str) -> Result<Node, E> {
    match digits.parse::<serde_json::Number>() {
        Ok(number) => Ok(Node::Number(number.to_string())),
        Err(_) => Err(E::custom("invalid number")),
    }
}

/// With its feature `arbitrary_precision`, `serde_json` hands a number that fits no machine integer over as a map of this one key
/// to its digits. A message that spells such a map out gains nothing: it has written a number.
const NUMBER: &str = "$serde_json::private::Number";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_keep_their_order_and_numbers_their_digits() {
        let digits = "1180591620717411303424";
        let node = Node::parse(&format!(r#"{{"b":{digits},"a":1.50,"c":[null,true,-7]}}"#)).unwrap();
        let expected = Node::Object(vec![
            ("b".into(), Node::Number(digits.into())),
            ("a".into(), Node::Number("1.50".into())),
            (
                "c".into(),
                Node::List(vec![Node::Null, Node::Bool(true), Node::Number("-7".into())]),
            ),
        ]);
        assert_eq!(node, expected);
    }

    #[test]
    fn a_key_given_twice_is_refused_however_deep_it_stands() {
        for json in [r#"{"a":1,"a":1}"#, r#"{"x":[{"y":{"a":1,"b":2,"\u0061":3}}]}"#] {
            assert_eq!(
                Node::parse(json),
                Err(DecodeError::Duplicate { key: "a".into() }),
                "{json}"
            );
        }
        assert!(Node::parse(r#"{"a":{"a":1},"b":{"a":1}}"#).is_ok());
    }

    #[test]
    fn an_object_that_poses_as_a_number_is_a_number_or_an_error() {
        assert_eq!(
            Node::parse(r#"{"$serde_json::private::Number":"7"}"#).unwrap(),
            Node::Number("7".into())
        );
        for bad in [r#""7x""#, r#""""#, "7", "{}", "null", r#""7","x":1"#] {
            let json = format!(r#"{{"$serde_json::private::Number":{bad}}}"#);
            assert!(Node::parse(&json).is_err(), "{json}");
        }
    }

    #[test]
    fn nesting_is_bounded() {
        assert!(Node::parse(&format!("{}{}", "[".repeat(127), "]".repeat(127))).is_ok());
        assert!(Node::parse(&"[".repeat(128)).is_err());
        assert!(Node::parse(&r#"{"a":"#.repeat(100_000)).is_err());
    }
}
