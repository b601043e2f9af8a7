"""The contract suite's guest in Python: see the README beside this folder."""

import sys
from pathlib import Path

import wit_world
from componentize_py_types import Err
from wit_world.imports.types import Error_Blocked, Error_Failed

OUTPUT = Path("/output")
is_marked = False


class WitWorld(wit_world.WitWorld):
    def run(self, request, settings):
        values = dict(settings)
        case, text, folder = (values.get(key) for key in ("case", "text", "folder"))
        match case:
            case "tells":
                return tells(request, settings)
            case "none":
                return []
            case "several":
                return several()
            case "fails":
                raise Err(Error_Failed(text))
            case "blocks":
                raise Err(Error_Blocked(text))
            case "crashes":
                raise RuntimeError("on purpose")
            case "reads":
                return put("read.txt", (Path(folder) / "text.txt").read_text(encoding="utf-8"))
            case "escapes":
                return escapes(folder)
            case "eats":
                taken = []
                while True:
                    taken.append(b"\1" * (1 << 20))
            case "spins":
                while True:
                    pass
            case "prints":
                print("out: ä")
                print("err: ä", file=sys.stderr)
                return []
            case "marks":
                return marks()
        raise Err(Error_Failed(f"there is no case `{case}`"))


def put(name, text):
    file = OUTPUT / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, encoding="utf-8", newline="")
    return [str(file)]


def tells(request, settings):
    transport = request.transport
    fields = [
        ("job", request.job),
        ("package", request.package),
        ("version", request.version),
        ("arch", request.arch),
        ("suite", request.suite),
        ("dist", request.dist),
        ("format", request.format),
        ("build-env", request.build_env),
        ("master", str(request.master).lower()),
        ("method", transport.method),
        ("uri", transport.uri),
        ("vcs-id", transport.vcs_id),
        ("commands", request.commands),
        ("timestamp", str(request.timestamp)),
        ("attempt", str(request.attempt)),
        *settings,
    ]
    lines = (key if value is None else f"{key}={value}" for key, value in fields)
    return put("told.txt", "".join(f"{line}\n" for line in lines))


def several():
    names = ["one.txt", "folder/two.txt", "drei ß.txt"]
    return [file for number, name in enumerate(names, 1) for file in put(name, f"{number}\n")]


def escapes(folder):
    for way in ("/etc/passwd", "/work/../etc/passwd", f"{folder}/../../etc/passwd"):
        if works(lambda: open(way).close()):
            raise Err(Error_Failed(f"read `{way}`"))
    if works(lambda: open(f"{folder}/new.txt", "w").close()):
        raise Err(Error_Failed("wrote to the mount"))
    return []


def works(action):
    try:
        action()
        return True
    except OSError:
        return False


def marks():
    global is_marked
    if is_marked:
        raise Err(Error_Failed("a variable was set"))
    is_marked = True
    for file in (Path("/work/mark"), OUTPUT / "mark"):
        if file.exists():
            raise Err(Error_Failed(f"`{file}` was there"))
        file.write_text("mark\n")
    return []
