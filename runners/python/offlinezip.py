"""A runner: a collection as pages that are read offline.

It gets `<uri>/content/<package>/<version>/complete` and delivers `<package>-<version>.offline.zip`: one folder with `index.html`, which has
the contents, a page for each module, and the pictures. It is the same bytes whenever it is made of the same zip.

Settings: `username` and `password` if the repository wants them, `repository-timeout` in seconds (60).
"""

import html
import io
import pathlib
import zipfile

import rbit
from connexions import pages, tree
from connexions.archive import Archive
from connexions.collection import Collection, Module, walk
from connexions.repository import Address

OUTPUT = pathlib.Path("/output")

STYLE = """\
body { font-family: sans-serif; line-height: 1.5; margin: 2em auto; max-width: 45em; padding: 0 1em; }
nav { border-bottom: 1px solid #999; display: flex; flex-wrap: wrap; gap: 1em; padding: 0.5em 0; }
nav:last-child { border-bottom: none; border-top: 1px solid #999; margin-top: 2em; }
img { max-width: 100%; }
pre { background: #f4f4f4; overflow-x: auto; padding: 0.5em; }
table { border-collapse: collapse; margin: 1em 0; }
td, th { border: 1px solid #999; padding: 0.2em 0.5em; }
.para { margin: 1em 0; }
.aside { border-left: 0.2em solid #999; margin: 1em 0; padding-left: 1em; }
.title { font-weight: bold; }
.formula { margin: 1em 0; text-align: center; }
.notes { border-top: 1px solid #999; font-size: 0.9em; margin-top: 2em; }
"""


def make_offlinezip(build_request, settings={}):
    address = Address.of(build_request)
    archive = Archive(address.get("complete", settings))
    version = archive.version_of(address.package) if address.version == "latest" else address.version
    name = "{}-{}.offline".format(address.package, version)
    file = OUTPUT / (name + ".zip")
    file.write_bytes(packed(name, files(archive, version)))
    return [file]


def files(archive, version):
    """The files of the folder, by their names in it."""
    if "collection.xml" not in archive.files:
        raise rbit.Failed("the repository's zip has no `collection.xml`: it is no collection")
    collection = Collection(archive.files["collection.xml"])
    names = pages.picture_names(archive)
    titles = {}
    for module in walk(collection.parts):
        titles.setdefault(module.id, module.title)
    found = {"index.html": start_page(collection, version).encode(), "style.css": STYLE.encode()}
    for number, id in enumerate(collection.modules):
        source = "{}/index.cnxml".format(id)
        if source not in archive.files:
            raise rbit.Failed("the collection names the module `{}`, but its zip has no `{}`".format(id, source))
        page = pages.Page(id, titles, names)
        body = page.body(tree.read("`{}`".format(source), archive.files[source]))
        before, after = collection.modules[:number][-1:], collection.modules[number + 1:][:1]
        way = ways(before, after, titles)
        body = "{0}<h1>{1}</h1>{2}{0}".format(way, html.escape(titles[id]), body)
        found[id + ".html"] = whole(collection, titles[id], body).encode()
        for picture in sorted(page.pictures):
            found[names[picture]] = archive.files[picture]
    return found


def start_page(collection, version):
    lines = [", ".join(collection.authors), collection.summary, "Version " + version]
    about = "".join("<p>{}</p>".format(html.escape(line)) for line in lines if line)
    if collection.license:
        about += '<p>License: <a href="{0}">{0}</a></p>'.format(html.escape(collection.license))
    body = "<h1>{}</h1>{}<h2>Contents</h2>{}".format(html.escape(collection.title), about, contents(collection.parts))
    return whole(collection, collection.title, body)


def contents(parts):
    items = []
    for part in parts:
        title = html.escape(part.title)
        if isinstance(part, Module):
            items.append('<li><a href="{}.html">{}</a></li>'.format(part.id, title))
        else:
            items.append("<li>{}{}</li>".format(title, contents(part.parts)))
    return "<ol>{}</ol>".format("".join(items)) if items else ""


def ways(before, after, titles):
    links = [("index.html", "Contents")]
    links += [(id + ".html", "← " + titles[id]) for id in before] + [(id + ".html", titles[id] + " →") for id in after]
    return "<nav>{}</nav>".format("".join('<a href="{}">{}</a>'.format(href, html.escape(label)) for href, label in links))


def whole(collection, title, body):
    return (
        '<!DOCTYPE html>\n<html lang="{}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>{}</title>'
        '<link rel="stylesheet" href="style.css"></head>\n<body>{}</body></html>\n'
    ).format(collection.language, html.escape(title), body)


def packed(folder, contents_):
    """A zip of a folder. No clock is asked."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(contents_):
            archive.writestr(zipfile.ZipInfo("{}/{}".format(folder, name)), contents_[name], zipfile.ZIP_DEFLATED)
    return target.getvalue()
