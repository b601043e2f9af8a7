"""What a sandbox does not have, and how it says so."""

import socket

_NO_SOCKETS = "a runner has no sockets: use rbit.http, http.client, urllib.request or requests, for hosts that `allow-http` names"

# Modules in C that this Python is built without, and what is there instead.
_MODULES = {
    "_ssl": "TLS is rbit's own: https works in rbit.http, http.client, urllib.request and requests, without `ssl`",
    "_ctypes": "a sandbox has no native libraries",
    "_bz2": "of the compressions, zlib and gzip are there",
    "_lzma": "of the compressions, zlib and gzip are there",
    "_zstd": "of the compressions, zlib and gzip are there",
    "_curses": "a runner has no terminal",
    "mmap": "a sandbox cannot map files into memory: read them",
    "pwd": "a sandbox has no users",
    "grp": "a sandbox has no users",
    "fcntl": "a sandbox cannot lock or control files",
    "resource": "the limits of a runner are rbit's: its sandbox section says them",
    "termios": "a runner has no terminal",
}
_OTHERS = "packages must be plain Python, in a folder of the runner's `python-path`; ones with native code do not run here"


def install():
    """Has sockets say what can be used instead of them."""
    socket.getaddrinfo = socket.create_connection = socket.create_server = _refuse
    socket.socket.__init__ = _refuse


def explain(error):
    """Adds to an import that failed why it did."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ModuleNotFoundError) and not hasattr(error, "__notes__"):
            error.add_note(f"rbit: {_MODULES.get(error.name, _OTHERS)}")
        error = error.__cause__ or error.__context__


def _refuse(*_, **__):
    raise PermissionError(_NO_SOCKETS)
