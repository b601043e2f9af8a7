"""A small HTTP client for the hosts that the runner's `allow-http` names.

    answer = rbit.http.get(url, auth=("user", "password"), timeout=30)
    answer.raise_for_status()
    rbit.http.get(url, stream_to="/work/complete.zip")

What goes wrong is an `OSError`: `PermissionError` where rbit does not allow the request, `TimeoutError`, `ConnectionError`,
`socket.gaierror`, `TLSError`; and `HTTPError` for a status that `raise_for_status` does not like.
"""

import base64
import email.message
import io
import json
import shutil
from urllib.parse import urljoin, urlsplit

from _rbit.exchange import Body, Exchange
from _rbit.faults import TLSError
from _rbit.wire import authority

__all__ = ["HTTPError", "Response", "TLSError", "get", "post", "request"]


class HTTPError(OSError):
    """The server answered with an error."""

    def __init__(self, response):
        super().__init__(f"HTTP {response.status} for {response.url}")
        self.response = response
        self.status = response.status


class Response:
    """An answer. `headers` is a mapping whose names are the same in upper and lower case."""

    def __init__(self, url, status, headers, content):
        self.url = url
        self.status = status
        self.headers = headers
        # None where the body went into a file.
        self.content = content

    @property
    def ok(self):
        return self.status < 400

    @property
    def text(self):
        """The body in the character set that it says it has, else in UTF-8."""
        return (self.content or b"").decode(self.headers.get_content_charset() or "utf-8", "replace")

    def json(self):
        return json.loads(self.content)

    def raise_for_status(self):
        """Raises `HTTPError` for a status from 400 on; returns the answer otherwise."""
        if not self.ok:
            raise HTTPError(self)
        return self

    def __repr__(self):
        return f"<Response {self.status} {self.url}>"


def get(url, **options):
    """`request("GET", url, …)`."""
    return request("GET", url, **options)


def post(url, data=b"", **options):
    """`request("POST", url, data=data, …)`."""
    return request("POST", url, data=data, **options)


def request(
    method, url, *, data=None, headers=None, auth=None, timeout=None, stream_to=None, follow_redirects=True
):
    """Sends a request and returns its `Response`.

    `data` is bytes or text. `auth` is a user and a password for Basic authentication; they do not follow a redirect to another
    server. `timeout`, in seconds, counts for the connection, for the first byte, and between two pieces. With `stream_to`, the body
    of an answer that is no error goes into the file of that path, and never into memory as a whole.
    """
    sending = _Sending(method.upper(), url, data, headers, auth, timeout)
    for _ in range(MAX_REDIRECTS + 1):
        response, body = sending.send()
        target = response.headers.get("location")
        if not (follow_redirects and target and response.status in REDIRECTS):
            return _received(response, body, stream_to)
        body.close()
        sending.redirect(response.status, urljoin(sending.url, target))
    raise OSError(f"more than {MAX_REDIRECTS} redirects, the last one to {sending.url}")


class _Sending:
    """A request that may be sent several times, to different places."""

    def __init__(self, method, url, data, headers, auth, timeout):
        self.method, self.url, self.timeout = method, url, timeout
        self.data = data.encode() if isinstance(data, str) else data
        self.headers = {name.lower(): str(value) for name, value in dict(headers or {}).items()}
        self.headers.setdefault("user-agent", "rbit")
        self.headers.setdefault("accept", "*/*")
        if auth is not None:
            user, password = auth
            encoded = base64.b64encode(f"{user}:{password}".encode()).decode()
            self.headers["authorization"] = f"Basic {encoded}"

    def send(self):
        parts = _parts(self.url)
        path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        if self.data is not None:
            self.headers["content-length"] = str(len(self.data))
        fields = [(name, value.encode("latin-1")) for name, value in self.headers.items()]
        server = authority(parts.scheme, parts.hostname, parts.port)
        exchange = Exchange(self.method, parts.scheme, server, path, fields, self.timeout)
        if self.data:
            exchange.write(self.data)
        status, fields = exchange.answer()
        headers = email.message.Message()
        for name, value in fields:
            headers[name] = value.decode("latin-1")
        return Response(self.url, status, headers, None), io.BufferedReader(Body(exchange), CHUNK)

    def redirect(self, status, url):
        before, after = _parts(self.url), _parts(url)
        if (before.scheme, before.netloc) != (after.scheme, after.netloc):
            for secret in ("authorization", "cookie"):
                self.headers.pop(secret, None)
        if status == 303 or (status in (301, 302) and self.method == "POST"):
            self.method = "HEAD" if self.method == "HEAD" else "GET"
            self.data = None
            for about_body in ("content-length", "content-type"):
                self.headers.pop(about_body, None)
        self.url = url


def _received(response, body, stream_to):
    with body:
        if stream_to is None or not response.ok:
            response.content = body.read()
        else:
            with open(stream_to, "wb") as file:
                shutil.copyfileobj(body, file, CHUNK)
    return response


def _parts(url):
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise ValueError(f"`{url}` is no address of http or https")
    if parts.username is not None:
        raise ValueError("a user and a password belong into `auth`, not into the address")
    return parts


MAX_REDIRECTS = 10
REDIRECTS = {301, 302, 303, 307, 308}
# Bytes.
CHUNK = 256 << 10
