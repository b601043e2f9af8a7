"""What a collection is: its title, its people, and the order of its modules."""

import re

import rbit

from . import tree


class Module:
    def __init__(self, id, title):
        self.id, self.title = id, title


class Chapter:
    def __init__(self, title, parts):
        self.title, self.parts = title, parts


class Collection:
    """A `collection.xml`."""

    def __init__(self, data):
        root = tree.read("`collection.xml`", data)
        metadata, content = tree.child(root, "metadata"), tree.child(root, "content")
        if metadata is None or content is None:
            raise rbit.Failed("`collection.xml` has no `metadata` or no `content`: it is no collection")
        self.title = tree.line(tree.child(metadata, "title")) or "Untitled"
        language = tree.line(tree.child(metadata, "language"))
        self.language = language if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*", language) else "en"
        self.summary = tree.line(tree.child(metadata, "abstract"))
        self.authors = authors(metadata)
        license = tree.child(metadata, "license")
        address = "" if license is None else tree.attribute(license, "url") or tree.attribute(license, "href")
        self.license = address if re.fullmatch(r"https?://[A-Za-z0-9][!-~]*", address) else ""
        self.parts = parts(content)
        self.modules = list(dict.fromkeys(module.id for module in walk(self.parts)))
        if not self.modules:
            raise rbit.Failed("the collection has no modules")


def parts(content):
    found = []
    for element in content:
        title = tree.line(tree.child(element, "title")) or "Untitled"
        if tree.local(element) == "module":
            id = tree.attribute(element, "document")
            # A page is called as its module is, and one of them is the start page.
            if not re.fullmatch(r"[A-Za-z0-9_-]+", id) or id == "index":
                raise rbit.Failed("{!r} is no id of a module".format(id[:100]))
            found.append(Module(id, title))
        elif tree.local(element) == "subcollection":
            inner = tree.child(element, "content")
            found.append(Chapter(title, [] if inner is None else parts(inner)))
    return found


def walk(of_parts):
    """All modules, in the order of reading."""
    for part in of_parts:
        if isinstance(part, Module):
            yield part
        else:
            yield from walk(part.parts)


def authors(metadata):
    """Newer files have roles that name ids of people; older ones list the authors themselves."""
    def elements(name):
        found = tree.child(metadata, name)
        return [] if found is None else list(found)

    def name(person):
        full = tree.line(tree.child(person, "fullname"))
        return full or " ".join(filter(None, (tree.line(tree.child(person, key)) for key in ("firstname", "surname"))))

    people = {tree.attribute(person, "userid"): name(person) for person in elements("actors")}
    named = [id for role in elements("roles") if tree.attribute(role, "type") == "author" for id in tree.line(role).split()]
    return [name(author) for author in elements("authorlist")] + [people.get(id, id) for id in named]
