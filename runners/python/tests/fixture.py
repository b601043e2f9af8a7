"""The collection of `tests/fixtures/connexions` as a complete zip."""

import io
import pathlib
import zipfile

FOLDER = pathlib.Path(__file__).parents[3] / "tests/fixtures/connexions/col10901"


def complete():
    return zipped({"col10901_1.3_complete/" + str(path.relative_to(FOLDER)): path.read_bytes()
                   for path in sorted(FOLDER.rglob("*")) if path.is_file()})


def zipped(files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, data in files.items():
            info = zipfile.ZipInfo("x")
            info.filename = name
            archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return target.getvalue()
