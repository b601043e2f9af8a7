"""One job: from the record and the settings to the paths of its files."""

import atexit
import importlib
import os
import sys

import rbit
from _rbit import shadow

# Where the host shows the folder with the author's modules, unless a setting says otherwise.
MODULE_FOLDER = "/mnt/python-path"
WORK_FOLDER = "/work"


def perform(record, settings):
    """Calls what the setting `runner` names. Whatever the author's code raises comes out as it is."""
    settings = dict(settings)
    entry = settings["runner"].partition("!")[2].strip()
    _surround(entry, settings.get("python-path", MODULE_FOLDER).split(":"))
    try:
        target = find(entry)
        return listed(target(rbit.BuildRequest.of(record), settings))
    finally:
        # As at the end of a program: handlers of logs are flushed, for one.
        atexit._run_exitfuncs()


def listed(result):
    """The result as a list of texts."""
    if result is None:
        return []
    if isinstance(result, (str, os.PathLike)):
        return [os.fspath(result)]
    try:
        paths = iter(result)
    except TypeError:
        kind = type(result).__name__
        raise TypeError(f"the callable returned {kind}; it can return nothing, a path, or several paths") from None
    return [path if isinstance(path, str) else str(path) for path in paths]


def _surround(entry, folders):
    """What a program that was just started would find."""
    if os.path.isdir(WORK_FOLDER):
        os.chdir(WORK_FOLDER)
    sys.path[:0] = [folder for folder in folders if folder not in sys.path]
    sys.argv[:] = [entry]
    for name, folder in shadow.hidden(folders):
        where = os.path.join(folder, name)
        print(f"rbit: `{where}` cannot be imported: Python has a module of that name", file=sys.stderr)


def find(entry):
    module_name, _, name = entry.partition(":")
    module = _import(module_name)
    try:
        target = getattr(module, name)
    except AttributeError:
        raise rbit.Failed(f"module `{module_name}` has no `{name}`") from None
    if not callable(target):
        raise rbit.Failed(f"`{entry}` is {type(target).__name__}, which cannot be called")
    return target


def _import(name):
    shadow.refuse(name)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        # One that the author's module imports is told with its traceback.
        if error.name is not None and (name + ".").startswith(error.name + "."):
            folders = ", ".join(f"`{folder}`" for folder in sys.path)
            raise rbit.Failed(f"no module `{error.name}` in {folders}") from None
        raise
