"""Making the interpreter's memory, of which each job gets a copy, one that is quick to start from.

A page of it that a job writes to is copied then, so it should write to few.
"""

import contextlib
import gc
import io
import linecache
import os
import sys
import types

import rbit
from _rbit import call, report
from _rbit_sample import OFFLINE
from componentize_py_types import Err


# Of the sample's jobs.
TIMES = 24
# A module that no author will have.
SAMPLE = "_rbit_sample"


def prepare(run):
    """Called last when the component is built."""
    sys.path[:] = []
    _rehearse(run)
    gc.collect()
    # The collector need not look at what is here, and so touch it.
    gc.freeze()
    global _filling
    _filling = _fill_holes()


def prime():
    """The sample's job once more, well and badly, in the memory of the job that is to come, whose pages are its own then.

    It asks nothing of the host, so that no handle of it is left when the job begins.
    """
    for settings in ({OFFLINE: "yes"}, {OFFLINE: "yes", "fail": "yes"}):
        try:
            target = call.find(f"{SAMPLE}:run")
            call.listed(target(rbit.BuildRequest.of(_request()), settings))
        except ValueError as error:
            with contextlib.redirect_stderr(io.StringIO()):
                report.of_exception(error)
        _forget()


def _rehearse(run):
    """Runs the sample's job, well and badly: code, caches and types are then as in a process that is not new."""
    for number in range(TIMES):
        settings = [("runner", f"python!{SAMPLE}:run"), ("python-path", NOWHERE)]
        if number % 4 == 3:
            settings.append(("fail", "yes"))
        try:
            with contextlib.redirect_stderr(io.StringIO()):
                run(_request(), settings)
        except Err as error:
            if number % 4 != 3:
                raise RuntimeError(f"the rehearsal failed: {error.value.value}") from None
        _forget()


def _request():
    transport = types.SimpleNamespace(method="http", uri="http://sample.invalid/", vcs_id="")
    return types.SimpleNamespace(
        job="1",
        package="sample",
        version="1",
        arch="any",
        suite="any",
        dist="any",
        format="any",
        build_env=None,
        master=True,
        transport=transport,
        commands=None,
        timestamp=0,
        attempt=1,
    )


def _forget():
    """Leaves no trace of the sample."""
    sys.modules.pop(SAMPLE, None)
    sys.path[:] = []
    sys.argv[:] = []
    sys.path_importer_cache.clear()
    linecache.clearcache()


def _fill_holes():
    """Takes the free blocks in the middle of the heap and keeps them, so that a job's own objects lie together at its end."""
    end = id(bytes(1 << 20))
    kept = []
    for size in SIZES:
        while len(kept) < MAX_BLOCKS and id(block := bytes(size)) < end:
            kept.append(block)
    return kept


NOWHERE = "/mnt/python-path"
SIZES = (32768, 8192, 4096, 2048, 1024, 768, 512, 384, 256, 192, 160, 128, 112, 96, 80, 64, 48, 32, 16, 1)
MAX_BLOCKS = 400_000
