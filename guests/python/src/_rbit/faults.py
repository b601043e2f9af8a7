"""Error codes of wasi:http as the exceptions that sockets would have raised."""

import errno
import socket


class TLSError(OSError):
    """There is no encrypted connection: the host and the server do not agree, or its certificate is not believed."""


class ReadTimeout(TimeoutError):
    """The server was reached, and its answer did not come in time."""


class Denied(PermissionError):
    """The host does not let the request go."""


def of_code(code, request):
    """The exception for an error code; `request` says whose."""
    name = type(code).__name__.removeprefix("ErrorCode_")
    kind, number = _KINDS.get(name) or _by_family(name)
    return kind(number, f"{request}: {_told(name, code)}")


def of_text(text, request):
    """The exception for an error in the middle of a body, of which there is no code but a text."""
    first = text.partition("\n")[0]
    if "timeout" in first.lower():
        return ReadTimeout(errno.ETIMEDOUT, f"{request}: {first}")
    return ConnectionResetError(errno.ECONNRESET, f"{request}: {first}")


def _told(name, code):
    if name in _DENIALS:
        return _DENIALS[name]
    detail = getattr(code, "value", None)
    return f"{name} ({detail})" if detail not in (None, "") else name


def _by_family(name):
    if name.startswith("Dns"):
        return socket.gaierror, socket.EAI_NONAME
    if name.startswith("Tls"):
        return TLSError, errno.EPROTO
    return OSError, errno.EIO


_DENIALS = {
    "HttpRequestDenied": "rbit does not allow this request: the runner's `allow-http` says which it does",
    "DestinationIpProhibited": "rbit does not allow this address: the runner's `allow-internal` says which it does",
}

_KINDS = {
    "HttpRequestDenied": (Denied, errno.EACCES),
    "DestinationIpProhibited": (Denied, errno.EACCES),
    "ConnectionRefused": (ConnectionRefusedError, errno.ECONNREFUSED),
    "ConnectionTimeout": (TimeoutError, errno.ETIMEDOUT),
    "DnsTimeout": (TimeoutError, errno.ETIMEDOUT),
    "ConnectionReadTimeout": (ReadTimeout, errno.ETIMEDOUT),
    "HttpResponseTimeout": (ReadTimeout, errno.ETIMEDOUT),
    "ConnectionTerminated": (ConnectionResetError, errno.ECONNRESET),
    "HttpResponseIncomplete": (ConnectionResetError, errno.ECONNRESET),
    "DestinationNotFound": (socket.gaierror, socket.EAI_NONAME),
    "DestinationIpUnroutable": (OSError, errno.ENETUNREACH),
}
