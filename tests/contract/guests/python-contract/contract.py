"""The contract suite's guest in plain Python: see the README beside this folder."""

import sys
from pathlib import Path

import rbit

OUTPUT = Path("/output")
is_marked = False


def run(request, settings):
    case, text, folder = (settings.get(key) for key in ("case", "text", "folder"))
    match case:
        case "tells":
            return tells(request, settings)
        case "none":
            return None
        case "several":
            return several()
        case "fails":
            raise rbit.Failed(text)
        case "blocks":
            raise rbit.Blocked(text)
        case "crashes":
            raise RuntimeError("on purpose")
        case "reads":
            return put("read.txt", (Path(folder) / "text.txt").read_text())
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
            return None
        case "marks":
            return marks()
    raise rbit.Failed(f"there is no case `{case}`")


def put(name, text):
    file = OUTPUT / name
    file.parent.mkdir(exist_ok=True)
    file.write_text(text, newline="")
    return file


def tells(request, settings):
    instance, transport = request.job.packageinstance, request.transport
    fields = [
        ("job", request.get_job_id()),
        ("package", request.get_package()),
        ("version", request.get_version()),
        ("arch", request.get_arch()),
        ("suite", request.get_suite()),
        ("dist", request.get_dist()),
        ("format", request.get_format()),
        ("build-env", request.get_buildenv()),
        ("master", str(instance.master).lower()),
        ("method", transport.method),
        ("uri", transport.uri),
        ("vcs-id", transport.vcs_id),
        ("commands", request.commands),
        ("timestamp", request.get_timestamp()),
        ("attempt", request.get_attempt()),
        # The one by which Python knows what it is to call, and which other languages are not given here.
        *((key, value) for key, value in settings.items() if key != "runner"),
    ]
    lines = (key if value is None else f"{key}={value}" for key, value in fields)
    return put("told.txt", "".join(f"{line}\n" for line in lines))


def several():
    names = ["one.txt", "folder/two.txt", "drei ß.txt"]
    return [put(name, f"{number}\n") for number, name in enumerate(names, 1)]


def escapes(folder):
    for way in ("/etc/passwd", "/work/../etc/passwd", f"{folder}/../../etc/passwd"):
        if works(lambda: open(way).close()):
            raise rbit.Failed(f"read `{way}`")
    if works(lambda: open(f"{folder}/new.txt", "w").close()):
        raise rbit.Failed("wrote to the mount")


def works(action):
    try:
        action()
        return True
    except OSError:
        return False


def marks():
    global is_marked
    if is_marked:
        raise rbit.Failed("a variable was set")
    is_marked = True
    for file in (Path("/work/mark"), OUTPUT / "mark"):
        if file.exists():
            raise rbit.Failed(f"`{file}` was there")
        file.write_text("mark\n")
