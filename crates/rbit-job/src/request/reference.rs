//! Where a `py/id` or `py/ref` leads.
//!
//! References are followed one at a time, and only where an attribute is needed that rbit reads. No graph is ever built from
//! them, so neither a cycle nor references that double one another cost anything.

use super::{
    DecodeError,
    class::Class,
    error::excerpt,
    node::Node,
    numbering::{may_lead_to, object_of_number},
};

/// The object to read in the place of `node`: `node` itself, unless it is a reference.
pub(super) fn follow<'m>(
    document: &'m Node,
    node: &'m Node,
    wanted: Class,
    path: &str,
) -> Result<&'m Node, DecodeError> {
    let Some((tag, pointer)) = TAGS.into_iter().find_map(|tag| Some((tag, node.get(tag)?))) else {
        return Ok(node);
    };
    let target = match pointer {
        Node::Number(digits) if tag == BY_NUMBER => digits
            .parse()
            .ok()
            .and_then(|number| object_of_number(document, node, number, wanted)),
        Node::Text(path) if tag == BY_PATH => object_at(document, path).filter(|target| may_lead_to(target, wanted)),
        _ => None,
    };
    target.ok_or_else(|| DecodeError::Dangling {
        path: path.to_owned(),
        reference: format!("{tag} {}", shown(pointer)),
    })
}

/// The node at a path such as `/job/packageinstance/arch`; `/` is the root.
fn object_at<'m>(document: &'m Node, path: &str) -> Option<&'m Node> {
    path.split('/')
        .filter(|name| !name.is_empty())
        .try_fold(document, |node, name| node.get(name))
}

fn shown(pointer: &Node) -> String {
    match pointer {
        Node::Number(text) | Node::Text(text) => excerpt(text),
        other => other.describe(),
    }
}

const BY_NUMBER: &str = "py/id";
const BY_PATH: &str = "py/ref";
const TAGS: [&str; 2] = [BY_NUMBER, BY_PATH];
