"""One HTTP request and its answer by wasi:http: the only place that touches the bindings."""

import errno
import io
import weakref

from componentize_py_types import Err
from wit_world.imports import outgoing_handler
from wit_world.imports import wasi_http_types as types
from wit_world.imports.streams import StreamError_Closed

from _rbit import faults


class Exchange:
    """Sends a request and reads the answer.

    Handles of wasi:http are given back children first: another order ends the instance. So an exchange is never part of a cycle of
    objects, which the collector would take apart in an order of its own; what is handed out holds it by a finalizer.
    """

    def __init__(self, method, scheme, authority, path, fields, timeout=None):
        self.name = f"{method} {scheme}://{authority}{path.partition('?')[0]}"
        self._handles = []
        self._incoming = None
        request = self._request(method, scheme, authority, path, fields)
        self._body = self._keep(request.body())
        self._outgoing = self._keep(self._body.write())
        try:
            self._future = outgoing_handler.handle(request, _options(timeout))
        except Err as error:
            raise self._over(faults.of_code(error.value, self.name)) from None
        # It outlives both that it was made of.
        self._handles.insert(0, self._future)

    def write(self, data):
        """Sends a piece of the request's body."""
        rest = memoryview(data).cast("B")
        try:
            while rest:
                room = self._outgoing.check_write()
                if room == 0:
                    _wait(self._outgoing)
                    continue
                self._outgoing.write(bytes(rest[:room]))
                rest = rest[room:]
        except Err as error:
            # The answer says why a server does not listen any more.
            if not isinstance(error.value, StreamError_Closed):
                raise BrokenPipeError(errno.EPIPE, f"{self.name}: the server does not take the body") from None

    def answer(self):
        """Ends the request; returns status and fields, each a pair of a text and bytes, when they are there."""
        self._end_body()
        while (answer := self._future.get()) is None:
            _wait(self._future)
        result = answer.value
        if isinstance(result, Err):
            raise self._over(faults.of_code(result.value, self.name))
        response = self._keep(result.value)
        with response.headers() as headers:
            fields = headers.entries()
        body = self._keep(response.consume())
        self._incoming = self._keep(body.stream())
        return response.status(), fields

    def read(self, size):
        """The next bytes of the answer's body; none at its end."""
        data = b""
        while not data and self._incoming is not None:
            try:
                data = self._incoming.blocking_read(size)
            except Err as error:
                self._end_answer(error.value)
        return data

    def close(self):
        """Gives back what is still held. What was not read is not fetched."""
        self._incoming = self._outgoing = self._future = self._body = None
        while self._handles:
            self._handles.pop().__exit__(None, None, None)

    def _request(self, method, scheme, authority, path, fields):
        try:
            headers = types.Fields.from_list([field for field in fields if field[0].lower() not in HOSTS_OWN])
            request = types.OutgoingRequest(headers)
            request.set_method(_method(method))
            request.set_scheme(types.Scheme_Https() if scheme == "https" else types.Scheme_Http())
            request.set_authority(authority)
            request.set_path_with_query(path)
        except Err:
            raise ValueError(f"{self.name}: method, address or a header is not valid") from None
        return request

    def _end_body(self):
        if self._outgoing is None:
            return
        self._give_back(self._outgoing)
        self._outgoing = None
        body, self._body = self._body, None
        self._handles.remove(body)
        try:
            types.OutgoingBody.finish(body, None)
        except Err as error:
            # Others than these are the answer's to tell.
            if isinstance(error.value, types.ErrorCode_HttpRequestBodySize):
                raise self._over(faults.of_code(error.value, self.name)) from None

    def _end_answer(self, stream_error):
        if isinstance(stream_error, StreamError_Closed):
            self.close()
            return
        cause = stream_error.value
        code, text = types.http_error_code(cause), cause.to_debug_string()
        cause.__exit__(None, None, None)
        fault = faults.of_text(text, self.name) if code is None else faults.of_code(code, self.name)
        raise self._over(fault) from None

    def _keep(self, handle):
        self._handles.append(handle)
        return handle

    def _give_back(self, handle):
        self._handles.remove(handle)
        handle.__exit__(None, None, None)

    def _over(self, fault):
        self.close()
        return fault


class Body(io.RawIOBase):
    """The answer's body as a file without a buffer. It owns the exchange."""

    def __init__(self, exchange):
        self._exchange = exchange
        self._finalizer = weakref.finalize(self, exchange.close)
        self._finalizer.atexit = False

    def readable(self):
        return True

    def readinto(self, buffer):
        data = self._exchange.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self):
        self._finalizer()
        super().close()


def _wait(handle):
    with handle.subscribe() as ready:
        ready.block()


def _method(name):
    known = getattr(types, f"Method_{name.capitalize()}", None)
    return known() if known and name.isupper() and name != "OTHER" else types.Method_Other(name)


def _options(timeout):
    if timeout is None:
        return None
    nanoseconds = max(1, int(timeout * 1e9))
    options = types.RequestOptions()
    options.set_connect_timeout(nanoseconds)
    options.set_first_byte_timeout(nanoseconds)
    options.set_between_bytes_timeout(nanoseconds)
    return options


# Fields that belong to the connection, which is the host's.
HOSTS_OWN = {
    "connection",
    "host",
    "http2-settings",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
}
