"""Where a repository has a package, and how it is got. Its errors end the job as what they are."""

import errno
import re
import socket

import rbit

# Bytes of what a repository sends.
AT_MOST = 256 << 20

# A server, and perhaps folders: no user, no query, no fragment.
_URI = re.compile(r"https?://[^\s/?#@\\]+(/[^\s?#]*)?")
_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")


class Address:
    """A package of a repository: what a request asks for."""

    def __init__(self, uri, package, version):
        uri = (uri or "").strip()
        if not uri:
            raise rbit.Failed("the request does not say where the sources are: its `uri` is empty")
        if not uri.isascii() or not _URI.fullmatch(uri):
            # It is told to people, so credentials have no place in it, nor in this.
            raise rbit.Failed("the request's `uri` is no plain http or https address; a user and a password belong into the settings")
        self.base = root(uri)
        self.package = checked("package", package)
        self.version = checked("version", version)

    @classmethod
    def of(cls, build_request):
        return cls(build_request.transport.uri, build_request.get_package(), build_request.get_version())

    def url(self, what):
        return "{}/content/{}/{}/{}".format(self.base, self.package, self.version, what)

    def get(self, what, settings):
        """The bytes of something of the package, as the user whom the settings name, if they do."""
        url = self.url(what)
        print("getting", url)
        auth = None
        if settings.get("username"):
            auth = (settings["username"], settings.get("password", ""))
        server = self.base.split("/content")[0]
        try:
            answer = rbit.http.get(url, auth=auth, timeout=patience(settings), follow_redirects=False)
        except OSError as error:
            raise ending(error, url, server) from None
        except ValueError:
            raise rbit.Failed("`{}` is no http address".format(url)) from None
        refuse(url, answer.status)
        if len(answer.content) > AT_MOST:
            raise rbit.Failed("`{}` is too large".format(url))
        return answer.content


def ending(error, url, server):
    """What an exception of a connection ends the job as."""
    if isinstance(error, PermissionError):
        return rbit.Failed("this runner may not ask `{}`: see `allow-http`".format(server))
    if error.errno == errno.EPROTO:
        return rbit.Failed("`{}` is not believed: its encryption was refused".format(server))
    if "HttpResponseBodySize" in str(error):
        return rbit.Failed("`{}` is too large".format(url))
    if isinstance(error, TimeoutError):
        return rbit.Blocked("`{}` did not answer in time".format(url))
    if isinstance(error, ConnectionResetError):
        return rbit.Blocked("the answer to `{}` broke off".format(url))
    if isinstance(error, ConnectionRefusedError):
        return rbit.Blocked("`{}` cannot be reached: the connection was refused".format(server))
    if isinstance(error, socket.gaierror):
        return rbit.Blocked("`{}` cannot be reached: its name is not known".format(server))
    return rbit.Blocked("`{}` cannot be reached: {}".format(server, error.strerror or error))


def root(uri):
    """The repository itself: producers write it with its folder `content`, or without."""
    return uri.rstrip("/").removesuffix("/content").rstrip("/")


def checked(what, text):
    """A text that becomes part of an address and of a file name, so only such are taken as ids have."""
    if not _ID.fullmatch(text or ""):
        raise rbit.Failed("{!r} is no {} of a repository".format((text or "")[:100], what))
    return text


def patience(settings):
    text = settings.get("repository-timeout", "60")
    if not text.isdecimal():
        raise rbit.Failed("`repository-timeout` is a number of seconds, not `{}`".format(text))
    return int(text)


def refuse(url, status):
    """Ends the job unless a status is a success: blocked, if it may be another one later."""
    if 200 <= status < 300:
        return
    if status == 401:
        told = "wants a user and a password, or others than these"
    elif status == 403:
        told = "may not be read with what was configured"
    elif status in (404, 410):
        told = "does not exist"
    elif 300 <= status < 400:
        told = "is somewhere else, and that is not followed"
    elif status >= 500:
        told = "cannot be had now: its server is in trouble"
    else:
        told = "was not given out"
    may_pass = status in (408, 425, 429) or status >= 500
    raise (rbit.Blocked if may_pass else rbit.Failed)("`{}` {} (status {})".format(url, told, status))
