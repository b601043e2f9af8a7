"""What is said of a job whose code raised something."""

import sys
import traceback

from _rbit import absent

# Frames that say nothing to the author: ours, and those of the import system.
_INSIDE = ("/_rbit/", "/rbit/", "rbit_python.py", "<frozen importlib", "/importlib/__init__.py")
# Characters. What is longer, the host cuts at its end, where the exception is.
LIMIT = 8_000


def of_exception(error):
    """The traceback from the author's first frame on, with causes. It is printed, too: the log keeps its lines."""
    try:
        absent.explain(error)
        told = traceback.TracebackException.from_exception(error, compact=True)
        _leave_out_inside(told, set())
        text = "".join(told.format()).strip()
        print(text, file=sys.stderr)
        return _shortened(text)
    except BaseException:
        # No memory, or no stack, is left for more.
        return _briefly(error)


def of_exit(error):
    """The reason of a `sys.exit` that means failure, else None."""
    code = error.code
    if code is None or code == 0:
        return None
    return f"sys.exit({code})" if isinstance(code, int) else str(code)


def _leave_out_inside(told, seen):
    if told is None or id(told) in seen:
        return
    seen.add(id(told))
    told.stack[:] = [frame for frame in told.stack if not _is_inside(frame.filename)]
    for other in (told.__cause__, told.__context__, *(told.exceptions or ())):
        _leave_out_inside(other, seen)


def _is_inside(file):
    return any(part in file for part in _INSIDE) and not file.startswith("/mnt/")


def _shortened(text):
    if len(text) <= LIMIT:
        return text
    half = LIMIT // 2
    return f"{text[:half]}\n[…]\n{text[-half:]}"


def _briefly(error):
    try:
        return f"{type(error).__name__}: {error}"
    except BaseException:
        return type(error).__name__
