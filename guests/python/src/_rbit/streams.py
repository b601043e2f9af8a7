"""What is printed and logged."""

import io
import logging
import sys


def install():
    """Makes lines of what is printed, and lets `logging` say what it is told without being configured.

    The interpreter is built to pass on every piece of a line by itself.
    """
    sys.stdout = sys.__stdout__ = _lines(1)
    sys.stderr = sys.__stderr__ = _lines(2)
    logging.root.setLevel(logging.INFO)
    logging.lastResort = _LastResort(logging.INFO)
    logging.lastResort.setFormatter(logging.Formatter("%(levelname)s %(name)s: %(message)s"))


def flush():
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            # The author's code put something else in its place, or closed it.
            pass


def _lines(descriptor):
    raw = io.FileIO(descriptor, "w", closefd=False)
    return io.TextIOWrapper(
        io.BufferedWriter(raw), encoding="utf-8", errors="backslashreplace", line_buffering=True
    )


class _LastResort(logging.StreamHandler):
    """Asked where no handler was made. It writes to what `sys.stderr` is at that moment."""

    def __init__(self, level):
        logging.Handler.__init__(self, level)

    @property
    def stream(self):
        return sys.stderr
