"""What rbit offers to a runner written in Python: `Failed`, `Blocked`, `BuildRequest` and `rbit.http`."""

from rbit.request import BuildRequest

__all__ = ["Blocked", "BuildRequest", "Failed", "http"]


class Failed(Exception):
    """The job cannot be done, however often it is tried. Its text is what people read."""


class Blocked(Exception):
    """Something that the job needs is not there yet: rbit tries again later. Its text is what people read."""


from rbit import http  # noqa: E402  it may need what is above
