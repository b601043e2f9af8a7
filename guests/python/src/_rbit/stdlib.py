"""The standard library, kept in memory: where the component runs there is no folder of it.

The code of every module is compiled when the component is built and kept as bytes in the snapshot of the interpreter.
"""

import importlib
import importlib.abc
import importlib.machinery
import marshal
import os
import sys

# Module -> (is a package, its code, name of its file for tracebacks).
_kept = {}


class Library(importlib.abc.MetaPathFinder, importlib.abc.InspectLoader):
    """Comes last on `sys.meta_path`: an author's own modules go before those that nobody imported yet."""

    def find_spec(self, name, path=None, target=None):
        if name not in _kept:
            return None
        is_package, _, file = _kept[name]
        return importlib.machinery.ModuleSpec(name, self, origin=file, is_package=is_package)

    def get_code(self, name):
        return marshal.loads(_kept[name][1])

    def get_source(self, name):
        return None

    def is_package(self, name):
        return _kept[name][0]


def keep_all(*roots):
    """Keeps what is below these folders, and makes it importable."""
    for root in roots:
        for folder, below, files in os.walk(root):
            below[:] = [name for name in below if _is_wanted(name)]
            for file in files:
                if file.endswith(".py"):
                    _keep(root, os.path.join(folder, file))
    sys.meta_path.append(Library())


def warm(names):
    """Imports now what many runners would import."""
    for name in names:
        importlib.import_module(name)


def _keep(root, file):
    words = os.path.relpath(file, root).removesuffix(".py").split("/")
    is_package = words[-1] == "__init__"
    if is_package:
        words.pop()
    if not words or not _is_wanted(words[0]):
        return
    with open(file, "rb") as source:
        code = compile(source.read(), file, "exec", dont_inherit=True, optimize=0)
    _kept[".".join(words)] = (is_package, marshal.dumps(code), file)


def _is_wanted(name):
    return name not in UNWANTED and not name.startswith(("config-", "lib-"))


# Tests, and what needs a screen, a terminal or an installation.
UNWANTED = {
    "__pycache__",
    "_pyrepl",
    "antigravity",
    "ensurepip",
    "idlelib",
    "lib2to3",
    "pydoc_data",
    "site-packages",
    "test",
    "tests",
    "this",
    "tkinter",
    "turtle",
    "turtledemo",
    "venv",
}
