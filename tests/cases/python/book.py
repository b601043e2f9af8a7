"""Runners for the cases beside this file."""

import json
import os
import random
import time
import urllib.error
import urllib.request

import rbit


def make(build_request, settings):
    """Delivers what it was told, and what clock and chance say."""
    if "title" not in settings:
        raise rbit.Failed("a `title` was not configured")
    told = {
        "package": build_request.get_package(),
        "title": settings["title"],
        "time": int(time.time()),
        "chance": random.randrange(1000),
    }
    print("making", told["title"])
    path = os.path.join(settings["output-dir"], "told.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(told, file)
    return [path]


def fetch(build_request, settings):
    """Delivers what the transport's address answers."""
    try:
        answer = urllib.request.urlopen(build_request.transport.uri)
    except urllib.error.HTTPError as error:
        raise rbit.Blocked(f"the repository says {error.code}") from None
    path = os.path.join(settings["output-dir"], "source.xml")
    with open(path, "wb") as file:
        file.write(answer.read())
    return [path]


def read(build_request, settings):
    """Delivers the first line of a file in its input."""
    with open(os.path.join(settings["input"], "chapter.txt"), encoding="utf-8") as file:
        print(file.readline().strip())
    return []
