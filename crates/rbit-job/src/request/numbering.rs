//! Which object a `py/id` means.
//!
//! jsonpickle numbers what it writes, from 0 for the root; versions differ in the order and in what they count. On Python 2, where PyBit
//! lives, attributes are numbered in the order of their sorted names, whatever the order in the document; on Python 3 in the
//! order of the document. Version 0.4 counts objects, 0.5 to 1.5 lists as well, 2 and later dictionaries too.

use std::{ops::ControlFlow, ptr};

use super::{class::Class, node::Node};

/// The object of this number that could stand in the place of `reference`.
///
/// It is the one that PyBit's own client on Python 2 would take. Only where that finds nothing that fits is it the one that
/// Python 3 would take. Versions that disagree make the reference ambiguous, and then there is none.
pub(super) fn object_of_number<'m>(
    document: &'m Node,
    reference: &Node,
    number: usize,
    wanted: Class,
) -> Option<&'m Node> {
    let candidates = |order, versions: [Counted; 2]| {
        versions
            .map(|counted| find(document, reference, number, order, counted).filter(|node| may_lead_to(node, wanted)))
    };
    let mut found = candidates(Order::Sorted, [Counted::Objects, Counted::ObjectsAndLists]);
    if found.iter().all(Option::is_none) {
        found = candidates(Order::Document, [Counted::ObjectsAndLists, Counted::Everything]);
    }
    match found {
        [Some(one), Some(other)] => ptr::eq(one, other).then_some(one),
        [one, other] => one.or(other),
    }
}

/// Whether a reference may lead here: to an object that says its class, never to another reference.
pub(super) fn may_lead_to(node: &Node, wanted: Class) -> bool {
    !is_reference(node) && node.class().is_some_and(|class| wanted.accepts(class))
}

#[derive(Clone, Copy)]
enum Order {
    Sorted,
    Document,
}

#[derive(Clone, Copy, PartialEq)]
enum Counted {
    Objects,
    ObjectsAndLists,
    Everything,
}

/// The node of this number, if it is met before the reference: jsonpickle refers only to what it has already written.
fn find<'m>(document: &'m Node, reference: &Node, number: usize, order: Order, counted: Counted) -> Option<&'m Node> {
    let mut walk = Walk {
        reference,
        left: number,
        order,
        counted,
    };
    match walk.visit(document) {
        ControlFlow::Break(found) => found,
        ControlFlow::Continue(()) => None,
    }
}

struct Walk<'r> {
    reference: &'r Node,
    left: usize,
    order: Order,
    counted: Counted,
}

impl Walk<'_> {
    /// Breaks with the node that was looked for, or with nothing at the reference.
    fn visit<'m>(&mut self, node: &'m Node) -> ControlFlow<Option<&'m Node>> {
        if ptr::eq(node, self.reference) {
            return ControlFlow::Break(None);
        }
        if self.counts(node) {
            if self.left == 0 {
                return ControlFlow::Break(Some(node));
            }
            self.left -= 1;
        }
        match node {
            Node::List(items) => items.iter().try_for_each(|item| self.visit(item)),
            Node::Object(entries) => self.visit_entries(entries),
            _ => ControlFlow::Continue(()),
        }
    }

    fn visit_entries<'m>(&mut self, entries: &'m [(String, Node)]) -> ControlFlow<Option<&'m Node>> {
        let mut entries: Vec<_> = entries.iter().collect();
        if let Order::Sorted = self.order {
            entries.sort_by_key(|(key, _)| key);
        }
        entries.into_iter().try_for_each(|(key, value)| match value {
            // The items of a tuple or set: the list around them is an artefact of the encoding and has no number.
            Node::List(items) if key.starts_with("py/") => items.iter().try_for_each(|item| self.visit(item)),
            _ => self.visit(value),
        })
    }

    fn counts(&self, node: &Node) -> bool {
        match node {
            Node::List(_) => self.counted != Counted::Objects,
            Node::Object(_) if node.class().is_some() => !is_reference(node),
            Node::Object(entries) => {
                self.counted == Counted::Everything && !entries.iter().any(|(key, _)| key.starts_with("py/"))
            }
            _ => false,
        }
    }
}

fn is_reference(node: &Node) -> bool {
    node.get("py/id").or(node.get("py/ref")).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The name of the object that `ref` below `root` would stand for.
    fn meant(root: &str, number: usize) -> Option<String> {
        let document = Node::parse(root).unwrap();
        let reference = document.get("ref").unwrap();
        match object_of_number(&document, reference, number, Class::Arch)?.get("name") {
            Some(Node::Text(name)) => Some(name.clone()),
            _ => None,
        }
    }

    fn arch(name: &str) -> String {
        format!(r#"{{"py/object":"pybit.models.Arch","name":"{name}"}}"#)
    }

    #[test]
    fn sorted_names_decide_before_the_order_of_the_document() {
        let document = format!(r#"{{"py/object":"x","b":{},"a":{},"ref":{{}}}}"#, arch("b"), arch("a"));
        assert_eq!(meant(&document, 1).as_deref(), Some("a"));
        assert_eq!(meant(&document, 2).as_deref(), Some("b"));
        assert_eq!(meant(&document, 0), None, "the root is of another class");
        assert_eq!(meant(&document, 3), None);
    }

    #[test]
    fn the_order_of_the_document_decides_where_sorted_names_would_point_ahead() {
        let document = format!(r#"{{"py/object":"x","z":{},"ref":{{}}}}"#, arch("z"));
        assert_eq!(meant(&document, 1).as_deref(), Some("z"));
    }

    #[test]
    fn a_number_that_versions_understand_differently_is_ambiguous() {
        let with_list = format!(
            r#"{{"py/object":"x","a":[{}],"b":{},"ref":{{}}}}"#,
            arch("a"),
            arch("b")
        );
        assert_eq!(
            meant(&with_list, 2),
            None,
            "`b` if lists have no number, `a` if they have"
        );
        let with_tuple = format!(r#"{{"py/object":"x","a":{{"py/tuple":[{}]}},"ref":{{}}}}"#, arch("a"));
        assert_eq!(meant(&with_tuple, 1).as_deref(), Some("a"));
    }

    #[test]
    fn what_stands_behind_the_reference_or_is_one_itself_is_not_meant() {
        let behind = format!(r#"{{"py/object":"x","ref":{{}},"z":{}}}"#, arch("z"));
        assert_eq!(meant(&behind, 1), None);
        let reference = r#"{"py/object":"x","a":{"py/object":"pybit.models.Arch","py/id":0,"name":"a"},"ref":{}}"#;
        assert_eq!(meant(reference, 1), None);
    }
}
