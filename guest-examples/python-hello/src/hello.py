"""A first runner: greets whom the operator configured, and writes one file, or two."""

from pathlib import Path

import rbit

OUTPUT = Path("/output")


def hello(request, settings):
    name = settings.get("name")
    if name is None:
        raise rbit.Failed("a `name` was not configured")
    package, version = request.get_package(), request.get_version()
    print(f"Hello {name}!")
    print(f"Building {package}")

    stem = file_name(package, version)
    greeting = f"Hello {name}! This is {package} {version}.\n"
    file = OUTPUT / f"{stem}.txt"
    file.write_text(greeting)

    # A folder that the operator listed under `mounts`: its value is where it is in here.
    stationery = settings.get("stationery")
    if stationery is None:
        return file
    letter = OUTPUT / f"{stem}.letter.txt"
    letter.write_text(f"{letterhead(Path(stationery))}\n{greeting}")
    return [file, letter]


def file_name(package, version):
    """Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder."""
    name = f"{package}-{version}"
    if "/" in name or "\0" in name:
        raise rbit.Failed(f"`{name}.txt` is no file name")
    return name


def letterhead(folder):
    path = folder / "letterhead.txt"
    try:
        return path.read_text()
    except FileNotFoundError:
        raise rbit.Blocked(f"`{path}` is not there yet") from None
