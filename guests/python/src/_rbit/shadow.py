"""Author's modules with names of the standard library's.

Where Python is started anew, a file beside the program goes before the standard library. Here much of that is imported already, so
the author's file would be passed over in silence. It is said instead.
"""

import os
import sys

import rbit


def refuse(name):
    """Fails if a runner's own module cannot be reached."""
    top = name.partition(".")[0]
    if is_taken(top):
        raise rbit.Failed(f"module `{top}` has a name that Python itself uses: rename it")


def hidden(folders):
    """The (name, folder) of each file or folder that cannot be imported."""
    for folder in folders:
        try:
            names = os.listdir(folder)
        except OSError:
            continue
        for name in sorted(names):
            if is_taken(name.removesuffix(".py")) and (name.endswith(".py") or _is_package(folder, name)):
                yield name, folder


def is_taken(name):
    """Whether importing this name gives something that is not the author's."""
    return name in sys.modules and (name in sys.stdlib_module_names or name in OURS)


def _is_package(folder, name):
    return os.path.isfile(os.path.join(folder, name, "__init__.py"))


OURS = {"rbit", "_rbit", "rbit_python", "componentize_py_types", "componentize_py_runtime", "wit_world"}
