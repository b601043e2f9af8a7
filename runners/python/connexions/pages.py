"""CNXML 0.5, 0.6 or 0.7 as HTML that a browser reads from a disk.

The generations differ in names (`name` became `title`, `cnxn` became `link`); all of that is taken in whatever version a file claims. What
is not known is read for its text. Every text is escaped, and nothing becomes an element or an attribute but what is named here.
"""

import html
import re

from . import tree

MATHML = "http://www.w3.org/1998/Math/MathML"

_INLINE = {"term": "em", "foreign": "em", "cite-title": "em", "sup": "sup", "sub": "sub", "quote": "q", "code": "code"}
_ASIDES = {"note": "Note", "example": "Example", "exercise": "Exercise", "problem": "Problem", "solution": "Solution",
           "definition": "Definition", "rule": "Rule", "proof": "Proof"}
_APART = {"title", "name", "label", "caption", "metadata", "param", "featured-links"}
_MATH = {"math", "mi", "mn", "mo", "ms", "mtext", "mspace", "mrow", "mfrac", "msqrt", "mroot", "mstyle", "mpadded", "mfenced", "menclose", "msub", "msup",
         "msubsup", "munder", "mover", "munderover", "mtable", "mtr", "mtd"}
_SIGNS = {b"\x89PNG\r\n\x1a\n": "png", b"\xff\xd8\xff": "jpg", b"GIF8": "gif"}


def picture_format(data):
    """The ending of a picture by its first bytes; none if it is no picture that every browser shows."""
    return next((ending for sign, ending in _SIGNS.items() if data.startswith(sign)), None)


class Page:
    """A module on its way to HTML."""

    def __init__(self, id, titles, names):
        self.id, self.titles, self.names = id, titles, names
        # Names in the archive of the pictures that are shown.
        self.pictures = set()
        self.notes = []

    def body(self, root):
        found = [self.flow(part, 2) for part in root if tree.local(part) == "content"]
        found += [self._glossary(part, 2) for part in root if tree.local(part) == "glossary"]
        notes = "".join('<li id="rbit-note-{}">{}</li>'.format(number, note) for number, note in enumerate(self.notes, 1))
        return "".join(found) + ("<ol class=\"notes\">{}</ol>".format(notes) if notes else "")

    def flow(self, element, level):
        """What an element holds."""
        found = [text(element.text)]
        for inner in element:
            if tree.local(inner) not in _APART:
                found.append(self.element(inner, level))
            found.append(text(inner.tail))
        return "".join(found)

    def element(self, element, level):
        name = tree.local(element)
        if name in _SPECIAL:
            return _SPECIAL[name](self, element, level)
        if is_block(element, name):
            inner = "<pre><code>{}</code></pre>" if name in ("code", "codeblock", "preformat") else "<blockquote>{}</blockquote>"
            content = html.escape("".join(element.itertext()).strip("\n")) if "pre" in inner else self.flow(element, level)
            return self.anchored(element, inner.format(content))
        if name in _INLINE:
            return "<{0}>{1}</{0}>".format(_INLINE[name], self.flow(element, level))
        if name in _ASIDES:
            title = self.title(element, level)
            label = _ASIDES[name] + (": " + title if title else "")
            return '<div class="aside"{}><p class="title">{}</p>{}</div>'.format(ids(element), label, self.flow(element, level))
        return self.flow(element, level)

    def title(self, element, level):
        title = tree.child(element, "title", "name", "label")
        return "" if title is None else self.flow(title, level)

    def anchored(self, element, content):
        return "<div{}>{}</div>".format(ids(element), content)

    def _para(self, element, level):
        title = self.title(element, level)
        title = '<span class="title">{}</span> '.format(title) if title else ""
        # A paragraph may hold blocks, which `p` may not.
        return '<div class="para"{}>{}{}</div>'.format(ids(element), title, self.flow(element, level))

    _p = _meaning = _para

    def _section(self, element, level):
        heading = min(level, 6)
        title = self.title(element, level)
        title = "<h{0}>{1}</h{0}>".format(heading, title) if title else ""
        return "<section{}>{}{}</section>".format(ids(element), title, self.flow(element, level + 1))

    def _glossary(self, element, level):
        title = self.title(element, level) or "Glossary"
        return "<section{0}><h{1}>{2}</h{1}>{3}</section>".format(ids(element), min(level, 6), title, self.flow(element, level + 1))

    def _list(self, element, level):
        kind = tree.attribute(element, "list-type") or tree.attribute(element, "type")
        name = "ol" if kind in ("enumerated", "numbered") else "ul"
        items = "".join("<li>{}</li>".format(self.flow(item, level)) for item in element if tree.local(item) == "item")
        title = self.title(element, level)
        title = '<p class="title">{}</p>'.format(title) if title else ""
        return self.anchored(element, "{0}<{1}>{2}</{1}>".format(title, name, items))

    def _figure(self, element, level):
        caption = tree.child(element, "caption")
        captions = [self.title(element, level), "" if caption is None else self.flow(caption, level)]
        caption = ". ".join(filter(None, captions))
        caption = "<figcaption>{}</figcaption>".format(caption) if caption else ""
        return "<figure{}>{}{}</figure>".format(ids(element), self.flow(element, level), caption)

    _subfigure = _figure

    def _table(self, element, level):
        rows = []
        for group in (inner for inner in element if tree.local(inner) == "tgroup"):
            columns = [tree.attribute(column, "colname") for column in group if tree.local(column) == "colspec"]
            for part in group:
                cell = "th" if tree.local(part) == "thead" else "td"
                rows += [self.row(row, cell, columns, level) for row in part if tree.local(row) == "row"]
        caption = self.title(element, level)
        caption = "<caption>{}</caption>".format(caption) if caption else ""
        return "<table{}>{}{}</table>".format(ids(element), caption, "".join(rows))

    def row(self, row, cell, columns, level):
        cells = []
        for entry in row:
            first, last = (tree.attribute(entry, name) for name in ("namest", "nameend"))
            span = columns.index(last) - columns.index(first) + 1 if first in columns and last in columns else 1
            further = tree.attribute(entry, "morerows", "0")
            down = int(further) + 1 if re.fullmatch(r"[0-9]{1,3}", further) else 1
            spans = "".join(' {}="{}"'.format(name, count) for name, count in (("colspan", span), ("rowspan", down)) if count > 1)
            cells.append("<{0}{1}>{2}</{0}>".format(cell, spans, self.flow(entry, level)))
        return "<tr>{}</tr>".format("".join(cells))

    def _equation(self, element, level):
        formulas = [part for part in element if tree.local(part) == "math"]
        content = self._math(formulas[0], level, is_block=True) if len(formulas) == 1 else self.flow(element, level)
        return '<div class="formula"{}>{}</div>'.format(ids(element), content)

    def _math(self, element, level, is_block=False):
        if all(tree.local(part) in _MATH | {"semantics", "annotation", "annotation-xml"} for part in element.iter()):
            return mathml(element, is_block)
        return "<i>{}</i>".format(html.escape(tree.line(element)))

    def _emphasis(self, element, level):
        name = {"bold": "strong", "underline": "u", "normal": "span", "smallcaps": "span"}.get(tree.attribute(element, "effect"), "em")
        return "<{0}>{1}</{0}>".format(name, self.flow(element, level))

    def _link(self, element, level):
        content = self.flow(element, level).strip()
        url = tree.attribute(element, "url") or tree.attribute(element, "src")
        target = tree.attribute(element, "target-id") or tree.attribute(element, "target")
        module = tree.attribute(element, "document") or self.id
        if url:
            href = url if re.match(r"(https?://|mailto:)[A-Za-z0-9]", url) else None
        elif module in self.titles and not tree.attribute(element, "resource"):
            page = "" if module == self.id and target else module + ".html"
            href = page + ("#" + target if is_id(target) else "")
        else:
            href = None
        content = content or html.escape(self.titles[module] if module in self.titles and not (url or target) else url or "[link]")
        return '<a href="{}">{}</a>'.format(html.escape(href), content) if href else content

    _cnxn = _link

    def _footnote(self, element, level):
        self.notes.append(self.flow(element, level))
        number = len(self.notes)
        return '<sup><a href="#rbit-note-{0}">{0}</a></sup>'.format(number)

    def _media(self, element, level):
        source = self.source(element)
        alt = self.alt(element)
        if source is None:
            return "[{}]".format(html.escape(alt)) if alt else ""
        self.pictures.add(source)
        return '<img src="{}" alt="{}">'.format(html.escape(self.names[source]), html.escape(alt))

    _image = _media

    def source(self, element):
        """The name in the archive of the first picture that a browser shows, among those offered in each other's place."""
        for inner in element.iter():
            name = "{}/{}".format(self.id, tree.attribute(inner, "src").removeprefix("./"))
            if name in self.names:
                return name
        return None

    def alt(self, element):
        for inner in element.iter():
            if tree.attribute(inner, "alt"):
                return tree.attribute(inner, "alt").strip()
            if tree.local(inner) == "param" and tree.attribute(inner, "name") == "alt":
                return tree.attribute(inner, "value").strip()
        return ""

    def _newline(self, element, level):
        return "<br>"


# By the names of elements. A name that is not here is looked up nowhere else.
_SPECIAL = {name[1:]: make for name, make in vars(Page).items() if re.match("_[a-z]", name)}


def picture_names(archive):
    """What the pictures of a zip are called beside the pages: names of ours, as their own may be any."""
    formats = {name: picture_format(data) for name, data in sorted(archive.files.items())}
    shown = [(name, ending) for name, ending in formats.items() if ending]
    return {name: "pictures/{}.{}".format(number, ending) for number, (name, ending) in enumerate(shown, 1)}


def mathml(element, is_block=False):
    """A formula with nothing but its elements and texts, and what says how its letters look."""
    name = tree.local(element)
    parts = [part for part in element if not tree.local(part).startswith("annotation")]
    if name == "semantics":
        name, parts = "mrow", parts[:1]
    inner = [text(element.text)] + [mathml(part) for part in parts]
    if name == "mfenced":
        name, inner = "mrow", fenced(element, inner[1:])
    said = [("xmlns", MATHML if name == "math" else ""), ("display", "block" if is_block else "")]
    said += [("mathvariant", found) for found in [tree.attribute(element, "mathvariant")] if re.fullmatch("[a-z-]+", found)]
    said = "".join(' {}="{}"'.format(key, value) for key, value in said if value)
    return "<{0}{1}>{2}</{0}>".format(name, said, "".join(inner))


def fenced(element, inner):
    """Brackets and commas by themselves: browsers no longer know the element that had them."""
    begin, end = tree.attribute(element, "open", "("), tree.attribute(element, "close", ")")
    signs = "".join(tree.attribute(element, "separators", ",").split())
    found = [sign(begin)]
    for number, part in enumerate(inner):
        if number and signs:
            found.append(sign(signs[min(number, len(signs)) - 1]))
        found.append(part)
    return found + [sign(end)]


def sign(text_):
    return "<mo>{}</mo>".format(text(text_.strip())) if text_.strip() else ""


def is_block(element, name):
    says = "block" in (tree.attribute(element, "display"), tree.attribute(element, "type"))
    return name in ("codeblock", "preformat", "blockquote") or (name in ("code", "quote") and says)


def is_id(text_):
    return bool(re.fullmatch(r"[A-Za-z_][A-Za-z0-9_.-]*", text_)) and not text_.startswith("rbit-")


def ids(element):
    id = tree.attribute(element, "id")
    return ' id="{}"'.format(id) if is_id(id) else ""


def text(of):
    return html.escape(of or "")
