"""Puts wasi:http under the standard library's HTTP client, and under urllib3 where an author brings it."""

import http.client
import importlib.abc
import importlib.util
import sys

from _rbit.wire import NO_PROXY, Wire


def install():
    """Must come before `urllib.request` is imported, which looks for a class of connections with TLS."""
    http.client.HTTPConnection.connect = connect
    http.client.HTTPSConnection = HTTPSConnection
    http.client._create_https_context = lambda version: None
    http.client.__all__.append("HTTPSConnection")
    sys.meta_path.insert(0, _Afterwards("urllib3.connectionpool", _adapt_urllib3))


def connect(connection):
    """In place of `HTTPConnection.connect`."""
    if connection._tunnel_host:
        raise OSError(NO_PROXY)
    scheme = getattr(connection, "rbit_scheme", "http")
    connection.sock = Wire(scheme, connection.host, connection.port, connection.timeout)


class HTTPSConnection(http.client.HTTPConnection):
    """The standard library has none without its own TLS. Here TLS is the host's, and cannot be weakened."""

    default_port = http.client.HTTPS_PORT
    rbit_scheme = "https"

    def __init__(self, host, port=None, *, context=None, **options):
        super().__init__(host, port, **options)


class _Afterwards(importlib.abc.MetaPathFinder):
    """Does something to a module when it has just been imported."""

    def __init__(self, name, do):
        self._name, self._do, self._is_looking = name, do, False

    def find_spec(self, name, path=None, target=None):
        if name != self._name or self._is_looking:
            return None
        self._is_looking = True
        try:
            spec = importlib.util.find_spec(name)
        finally:
            self._is_looking = False
        if spec is not None and spec.loader is not None:
            self._wrap(spec.loader)
        return spec

    def _wrap(self, loader):
        execute = loader.exec_module

        def execute_and_do(module):
            execute(module)
            self._do(module)

        loader.exec_module = execute_and_do


def _adapt_urllib3(pool):
    """`pool` is `urllib3.connectionpool`, of version 2."""
    from _rbit import urllib3_connection

    plain, encrypted = urllib3_connection.classes(pool.HTTPConnection)
    pool.HTTPConnectionPool.ConnectionCls = plain
    pool.HTTPSConnectionPool.ConnectionCls = encrypted
