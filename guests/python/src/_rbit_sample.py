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


def run(build_request, settings):
    data = json.loads(json.dumps({"name": build_request.get_package(), "numbers": [1, 2.5, None, True], "text": "é\n"}))
    re.sub(r"[^a-z]+", "-", data["name"].lower())
    rows = list(csv.reader(io.StringIO('a,"b,c"\n1,2\n')))
    _zip()
    hashlib.sha256(b"sample").hexdigest()
    datetime.datetime.now(datetime.timezone.utc).isoformat()
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
