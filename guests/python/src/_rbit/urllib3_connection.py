"""Connections for urllib3, on which `requests` is built."""

import socket

from _rbit import clients
from _rbit.faults import TLSError


def classes(base):
    """The class of plain connections and that of encrypted ones, made of urllib3's own plain one."""

    class Connection(base):
        def connect(self):
            clients.connect(self)

        def request(self, *arguments, **options):
            try:
                super().request(*arguments, **options)
            except OSError as error:
                raise _translated(self, error) from error

        @property
        def is_connected(self):
            return self.sock is not None

    class EncryptedConnection(Connection):
        default_port = 443
        rbit_scheme = "https"
        # By the host, always.
        is_verified = True

        def __init__(self, host, port=None, **options):
            if options.get("cert_file") or options.get("key_file"):
                raise ValueError("a runner cannot show a certificate of its own: TLS is rbit's")
            options = {name: value for name, value in options.items() if name in _PLAIN_OPTIONS}
            super().__init__(host, port or 443, **options)

        def set_cert(self, *_, **__):
            pass

    return Connection, EncryptedConnection


def _translated(connection, error):
    """urllib3 tells what may be tried again by its own exceptions. A request that rbit denies stays what it is."""
    from urllib3 import exceptions

    if isinstance(error, TLSError):
        return exceptions.SSLError(error)
    if isinstance(error, socket.gaierror):
        return exceptions.NameResolutionError(connection.host, connection, error)
    if isinstance(error, TimeoutError):
        return exceptions.ConnectTimeoutError(connection, str(error))
    if isinstance(error, ConnectionRefusedError):
        return exceptions.NewConnectionError(connection, str(error))
    return error


_PLAIN_OPTIONS = {"timeout", "source_address", "blocksize", "socket_options", "proxy", "proxy_config"}
