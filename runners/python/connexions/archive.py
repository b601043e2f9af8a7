"""A complete zip of a stranger, read into memory within bounds."""

import io
import re
import stat
import zipfile
import zlib

import rbit

from .kind import kind_of

ENTRIES = 20_000
# Bytes of one file, and of all of them, unpacked.
FILE = 64 << 20
ALL = 256 << 20

_HARMFUL = re.compile(r"[\x00-\x1f\x7f-\x9f\\:]")


class Archive:
    """The files of a complete zip, by their names below its one folder."""

    def __init__(self, data, file_bound=FILE, all_bound=ALL):
        self.folder = None
        self.files = {}
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                self._read(archive, file_bound, all_bound)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError, ValueError) as error:
            raise broken(data, error) from None
        if not self.files:
            raise refused("there is no file in it")

    def version_of(self, package):
        """The version that the folder names: what `latest` was."""
        found = re.fullmatch(re.escape(package) + r"_([A-Za-z0-9._-]+)_complete", self.folder)
        if not found:
            raise rbit.Failed(
                "which version the latest is cannot be seen: the zip's folder is called `{}`".format(self.folder))
        return found.group(1)

    def _read(self, archive, file_bound, all_bound):
        entries = archive.infolist()
        if len(entries) > ENTRIES:
            raise refused("it has {} entries".format(len(entries)))
        left = all_bound
        for entry in entries:
            name = self._place(entry)
            if name is None:
                continue
            if name in self.files:
                raise refused("two of its entries have one name")
            with archive.open(entry) as file:
                content = file.read(min(file_bound, left) + 1)
            if len(content) > min(file_bound, left):
                raise refused("`{}` is too large unpacked".format(entry.filename))
            left -= len(content)
            self.files[name] = content

    def _place(self, entry):
        """The name of an entry below the folder; none for a folder."""
        # What the zip says, not what the library makes of it.
        name = entry.orig_filename
        if stat.S_ISLNK(entry.external_attr >> 16):
            raise refused("`{}` is a symbolic link".format(name))
        if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise refused("`{}` is packed in a way that no repository uses".format(name))
        folder, slash, path = name.partition("/")
        inner = path.removesuffix("/")
        parts = [folder] + (inner.split("/") if inner else [])
        is_plain = all(part not in ("", ".", "..") and not part.startswith("~") for part in parts)
        if not slash or not is_plain or _HARMFUL.search(name) or len(name) > 300:
            raise refused("the name `{}` leads out of it".format(name[:300]))
        if self.folder is None:
            self.folder = folder
        if self.folder != folder:
            raise refused("it has more than one folder")
        return None if entry.is_dir() or not inner else inner


def broken(data, error):
    kind = kind_of(data)
    if kind and not kind.endswith("zip"):
        return rbit.Failed("what the repository sent is no zip: it is {}".format(kind))
    return rbit.Failed("what the repository sent is no zip, or a broken one: {}".format(error))


def refused(why):
    return rbit.Failed("the repository's zip is refused: {}".format(why))
