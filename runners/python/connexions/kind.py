"""What something is that was expected to be something else, in the words of a person."""

_SIGNS = {
    b"PK\x03\x04": "a zip",
    b"PK\x05\x06": "an empty zip",
    b"\x1f\x8b": "packed by gzip",
    b"%PDF": "a PDF",
    b"<!doctype html": "a web page",
    b"<html": "a web page",
    b"<?xml": "XML",
}


def kind_of(data):
    """Nothing, if it is not known."""
    begin = data[:1000].removeprefix(b"\xef\xbb\xbf").lstrip()[:20].lower()
    if not begin:
        return "empty"
    return next((kind for sign, kind in _SIGNS.items() if begin.startswith(sign.lower())), "")
