"""XML as a tree of elements. Entities of a document's own are not expanded; those of HTML are known."""

import html.entities
import re
import xml.etree.ElementTree as ElementTree
from xml.parsers import expat

import rbit

DEEPEST = 200
_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL)
_PREDEFINED = {"amp", "lt", "gt", "quot", "apos"}
# What stands in a comment or is marked as text is left as it is.
_REFERENCE = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL)


def read(name, data):
    """The root element of a document; `name` is what people know it as."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise unreadable(name, "it is not in UTF-8")
    # The type of a document is where entities would come from: it is cut out, and names that everybody knows become letters.
    text = _DOCTYPE.sub(b"", text.encode(), count=1).decode()
    text = _REFERENCE.sub(lambda found: known(name, found), text)
    try:
        root = ElementTree.fromstring(text)
    except (ElementTree.ParseError, expat.ExpatError, ValueError) as error:
        raise unreadable(name, error)
    if depth(root) > DEEPEST:
        raise unreadable(name, "it is more than {} elements deep".format(DEEPEST))
    return root


def known(name, found):
    entity = found.group(1)
    if entity is None or entity in _PREDEFINED:
        return found.group(0)
    letters = html.entities.html5.get(entity + ";")
    if letters is None:
        raise unreadable(name, "nobody knows the entity `{}`".format(entity))
    return "".join("&#{};".format(ord(letter)) for letter in letters)


def depth(root):
    """How deep a tree is, without calling itself as deep."""
    deepest, waiting = 0, [(root, 1)]
    while waiting:
        element, level = waiting.pop()
        deepest = max(deepest, level)
        waiting.extend((child, level + 1) for child in element)
    return deepest


def local(element):
    """The name of an element without its namespace."""
    return element.tag.rpartition("}")[2]


def attribute(element, name, default=""):
    """The value of an attribute, whatever its namespace."""
    for key, value in element.items():
        if key.rpartition("}")[2] == name:
            return value
    return default


def child(element, *names):
    """The first element of one of these names."""
    return next((inner for name in names for inner in element if local(inner) == name), None)


def line(element):
    """All text of an element with its white space folded."""
    return "" if element is None else re.sub(r"[ \t\r\n]+", " ", "".join(element.itertext())).strip(" ")


def unreadable(name, why):
    return rbit.Failed("`{}` is no readable XML: {}".format(name, why))
