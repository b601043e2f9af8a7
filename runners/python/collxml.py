"""A runner: a collection's own XML, as the repository makes it.

It gets `<uri>/content/<package>/<version>/source_create` and delivers `<package>-<version>.xml`.

Settings: `username` and `password` if the repository wants them, `repository-timeout` in seconds (60).
"""

import pathlib

import rbit
from connexions import tree
from connexions.repository import Address, checked

OUTPUT = pathlib.Path("/output")


def make_collxml(build_request, settings={}):
    address = Address.of(build_request)
    data = address.get("source_create", settings)
    file = OUTPUT / "{}-{}.xml".format(address.package, version_of(data, address.version))
    file.write_bytes(data)
    return [file]


def version_of(data, asked):
    """Looks whether it is a collection, and at its version if the latest one was asked for."""
    root = tree.read("the repository's answer", data)
    if tree.local(root) != "collection":
        raise rbit.Failed("the repository's answer is no collection: its first element is `{}`".format(tree.local(root)))
    if asked != "latest":
        return asked
    metadata = tree.child(root, "metadata")
    version = "" if metadata is None else tree.line(tree.child(metadata, "version"))
    return checked("version", version)
