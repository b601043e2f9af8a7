"""XML as a tree of elements, within bounds. Entities of a document's own are not expanded; those of HTML are known."""

import html.entities
import re
import xml.etree.ElementTree as ElementTree
from xml.parsers import expat

import rbit

from .kind import kind_of

DEEPEST = 200
# Bytes of a document, and elements and pieces of text in it: many times what the longest textbook has.
LONGEST = 16 << 20
MOST = 1_000_000

_DOCTYPE = re.compile(rb"<!DOCTYPE[^\[>]*(\[.*?\]\s*)?>", re.DOTALL)
_PREDEFINED = {"amp", "lt", "gt", "quot", "apos"}
# What stands in a comment or is marked as text is left as it is.
_REFERENCE = re.compile(r"<!--.*?-->|<!\[CDATA\[.*?\]\]>|&([A-Za-z][A-Za-z0-9]*);", re.DOTALL)


def read(name, data):
    """The root element of a document; `name` is what people know it as."""
    if len(data) > LONGEST:
        raise unreadable(name, "it is longer than {} MiB".format(LONGEST >> 20))
    try:
        return parsed(plain(data))
    except Unreadable as error:
        raise unreadable(name, error) from None
    except (UnicodeDecodeError, expat.ExpatError, ValueError) as error:
        kind = kind_of(data)
        if kind and kind != "XML":
            raise unreadable(name, "it is {}".format(kind)) from None
        raise unreadable(name, "it is not in UTF-8" if isinstance(error, UnicodeDecodeError) else error) from None


class Unreadable(Exception):
    """Why a document is not read, though an XML parser might."""


def plain(data):
    """A document without what it says of its type, where entities would come from. Names that everybody knows become letters."""
    text = _DOCTYPE.sub(b"", data.decode("utf-8-sig").encode(), count=1).decode()
    return _REFERENCE.sub(known, text)


def known(found):
    entity = found.group(1)
    if entity is None or entity in _PREDEFINED:
        return found.group(0)
    letters = html.entities.html5.get(entity + ";")
    if letters is None:
        raise Unreadable("nobody knows the entity `{}`".format(entity))
    return "".join("&#{};".format(ord(letter)) for letter in letters)


def parsed(text):
    parser = expat.ParserCreate("utf-8", "}")
    parser.buffer_text = True
    growing = Growing()
    parser.StartElementHandler = growing.start
    parser.EndElementHandler = growing.end
    parser.CharacterDataHandler = growing.text
    # There are ways to hide the type of a document from an expression that looks for it.
    parser.EntityDeclHandler = refuse_entity
    parser.Parse(text.encode(), True)
    return growing.builder.close()


class Growing:
    """A tree that is being built; it is given up at a bound, not when all of it is there."""

    def __init__(self):
        self.builder = ElementTree.TreeBuilder()
        self.depth = self.count = 0

    def start(self, name, attributes):
        self.depth += 1
        if self.depth > DEEPEST:
            raise Unreadable("it is more than {} elements deep".format(DEEPEST))
        self.add_one()
        self.builder.start(name, attributes)

    def end(self, name):
        self.depth -= 1
        self.builder.end(name)

    def text(self, text):
        self.add_one()
        self.builder.data(text)

    def add_one(self):
        self.count += 1
        if self.count > MOST:
            raise Unreadable("it has more than {} parts".format(MOST))


def refuse_entity(name, *_):
    raise Unreadable("it has an entity of its own, `{}`".format(name))


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
    return rbit.Failed("{} is no readable XML: {}".format(name, why))
