"""The job that is rehearsed when the component is built: a little of what many runners do."""

import csv
import datetime
import hashlib
import io
import json
import logging
import os
import re
import zipfile


# A setting with which the sample leaves out what asks the host.
OFFLINE = "offline"


def run(build_request, settings):
    exec(compile(SOURCE, "<sample>", "exec"), {})
    data = json.loads(json.dumps({"name": build_request.get_package(), "numbers": [1, 2.5, None, True], "text": "é\n"}))
    re.sub(r"[^a-z]+", "-", data["name"].lower())
    rows = list(csv.reader(io.StringIO('a,"b,c"\n1,2\n')))
    _zip()
    hashlib.sha256(b"sample").hexdigest()
    datetime.datetime.now(datetime.timezone.utc).isoformat()
    if OFFLINE not in settings:
        os.path.exists(os.path.join("/mnt", "none-such"))
    logging.getLogger("sample").debug("read %s", rows)
    if "fail" in settings:
        raise ValueError(f"rehearsed for {build_request.get_job_id()}")
    return [f"/output/{row[0]}" for row in rows]


def _zip():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.txt", "b" * 200)
    zipfile.ZipFile(buffer).read("a.txt")


# What a small module looks like to the compiler.
SOURCE = '''
"""A module."""
import os
from json import dumps as text


class Thing:
    kind = f"{os.sep!r:>10}"

    def __init__(self, *names, **settings):
        self.names = [name.upper() for name in names if name] or None

    @property
    def first(self):
        try:
            return self.names[0]
        except (TypeError, IndexError) as error:
            raise KeyError("none") from error


def run(build_request, settings={}):
    with open(settings["file"], "w", encoding="utf-8") as out:
        for number, (name, value) in enumerate(settings.items()):
            print(number, "{0}={1}".format(name, value), file=out)
        while not settings:
            break
    return [text({**settings, "a": 1}), *(lambda x: [x + 1, -x])(2)]
'''
