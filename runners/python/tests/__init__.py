"""Tests of the parts that need no sandbox: `python3 -m unittest` in the folder above."""

import sys
import types


class Failed(Exception):
    pass


class Blocked(Exception):
    pass


if "rbit" not in sys.modules:
    # The module that a sandbox has; the tests say what its `http` answers.
    sys.modules["rbit"] = types.SimpleNamespace(Failed=Failed, Blocked=Blocked, http=types.SimpleNamespace())
