"""A stand-in for the socket under `http.client`.

That writes a request as HTTP/1.1 and parses the answer it reads. Here the text of the request is taken apart and sent by wasi:http,
and the answer given back as text: so `http.client`, `urllib.request` and what is built on them stay as they are.
"""

import http
import io

from _rbit.exchange import Body, Exchange
from _rbit.faults import ReadTimeout

NO_PROXY = "a runner cannot use a proxy: how its requests travel is rbit's to say"


class Wire:
    """One connection: a request, its answer, the next request."""

    def __init__(self, scheme, host, port, timeout):
        self._scheme = scheme
        self._authority = authority(scheme, host, port)
        self.settimeout(timeout)
        self._forget()

    def sendall(self, data):
        data = bytes(data)
        if self._exchange is None:
            self._head += data
            head, end, data = bytes(self._head).partition(b"\r\n\r\n")
            if not end:
                return
            self._begin(head)
        self._body.take(data, self._exchange)
        if self._body.is_whole():
            self._hear()

    def makefile(self, *_, **__):
        """The answer, from its first line on."""
        if self._exchange is None:
            raise OSError("no request was sent")
        self._hear()
        exchange, fault, head = self._exchange, self._fault, self._answer
        self._forget()
        return io.BufferedReader(_Answer(exchange, head, fault), 64 << 10)

    def close(self):
        exchange = self._exchange
        self._forget()
        if exchange is not None:
            exchange.close()

    def settimeout(self, timeout):
        self.timeout = timeout if isinstance(timeout, (int, float)) else None

    def gettimeout(self):
        return self.timeout

    def setsockopt(self, *_):
        pass

    def shutdown(self, *_):
        pass

    def fileno(self):
        return -1

    def _forget(self):
        self._head = bytearray()
        self._exchange = self._body = self._answer = self._fault = None

    def _begin(self, head):
        first, *lines = head.decode("latin-1").split("\r\n")
        method, path, _ = first.split(" ", 2)
        if not path.startswith("/"):
            raise OSError(NO_PROXY)
        fields = _fields(lines)
        self._body = _outgoing(fields)
        fields = [(name, value.encode("latin-1")) for name, value in fields]
        self._exchange = Exchange(method, self._scheme, self._authority, path, fields, self.timeout)

    def _hear(self):
        """Waits for the answer. What goes wrong before there is a connection is raised here, as a socket would; what goes wrong after
        that, when the answer is read.
        """
        if self._answer is not None or self._fault is not None:
            return
        self._body.end(self._exchange)
        try:
            status, fields = self._exchange.answer()
        except (ReadTimeout, ConnectionResetError) as fault:
            self._fault = fault
            return
        self._answer = _head(status, fields)


class _Answer(Body):
    """An answer with its head before its body."""

    def __init__(self, exchange, head, fault):
        super().__init__(exchange)
        self._head = memoryview(head or b"")
        self._fault = fault

    def readinto(self, buffer):
        if self._fault is not None:
            raise self._fault
        if not self._head:
            return super().readinto(buffer)
        count = min(len(buffer), len(self._head))
        buffer[:count] = self._head[:count]
        self._head = self._head[count:]
        return count


class _Measured:
    """A body of known length."""

    def __init__(self, length):
        self._left = length

    def take(self, data, exchange):
        exchange.write(data)
        self._left -= len(data)

    def is_whole(self):
        return self._left <= 0

    def end(self, exchange):
        pass


class _Chunked:
    """A body in chunks: their frames are taken off."""

    def __init__(self):
        self._rest = bytearray()
        self._is_whole = False

    def take(self, data, exchange):
        self._rest += data
        while not self._is_whole and (line := self._rest.find(b"\r\n")) >= 0:
            length = int(bytes(self._rest[:line]).partition(b";")[0], 16)
            end = line + 2 + length + 2
            if len(self._rest) < end:
                return
            exchange.write(self._rest[line + 2 : end - 2])
            del self._rest[:end]
            self._is_whole = length == 0

    def is_whole(self):
        return self._is_whole

    def end(self, exchange):
        pass


def authority(scheme, host, port):
    """Host and port as a request names them."""
    host = f"[{host}]" if ":" in host and not host.startswith("[") else host
    usual = {"http": 80, "https": 443}[scheme]
    return host if port in (None, usual) else f"{host}:{port}"


def _fields(lines):
    fields = []
    for line in lines:
        if line[:1] in (" ", "\t") and fields:
            name, value = fields.pop()
            fields.append((name, f"{value} {line.strip()}"))
        else:
            name, _, value = line.partition(":")
            fields.append((name, value.strip()))
    return fields


def _outgoing(fields):
    by_name = {name.lower(): value for name, value in fields}
    if "transfer-encoding" in by_name:
        return _Chunked()
    return _Measured(int(by_name.get("content-length", 0)))


def _head(status, fields):
    try:
        reason = http.HTTPStatus(status).phrase
    except ValueError:
        reason = ""
    lines = [f"HTTP/1.1 {status} {reason}".encode()]
    lines += [name.encode("latin-1") + b": " + value for name, value in fields if name.lower() not in _HANDLED]
    return b"\r\n".join(lines) + b"\r\n\r\n"


# The host has dealt with these.
_HANDLED = {"transfer-encoding", "connection", "keep-alive"}
