"""A first runner: greets whom the operator configured, and writes one file, or two."""

from pathlib import Path

import wit_world
from componentize_py_types import Err
from wit_world.imports.types import BuildRequest, Error_Blocked, Error_Failed

OUTPUT = Path("/output")


class WitWorld(wit_world.WitWorld):
    """What the host calls."""

    def run(self, request: BuildRequest, settings: list[tuple[str, str]]) -> list[str]:
        # An exception that nobody catches ends the job, too, but as a crash; what can be foreseen is better told in words.
        try:
            return [str(file) for file in hello(request, dict(settings))]
        except OSError as error:
            raise failed(str(error)) from error


def hello(request: BuildRequest, settings: dict[str, str]) -> list[Path]:
    name = settings.get("name")
    if name is None:
        raise failed("a `name` was not configured")
    print(f"Hello {name}!")
    print(f"Building {request.package}")

    stem = file_name(request)
    greeting = f"Hello {name}! This is {request.package} {request.version}.\n"
    file = OUTPUT / f"{stem}.txt"
    file.write_text(greeting, encoding="utf-8")

    # A folder that the operator listed under `mounts`: its value is where it is in here.
    stationery = settings.get("stationery")
    if stationery is None:
        return [file]
    letter = OUTPUT / f"{stem}.letter.txt"
    letter.write_text(f"{letterhead(Path(stationery))}\n{greeting}", encoding="utf-8")
    return [file, letter]


def file_name(request: BuildRequest) -> str:
    """Package and version come from a stranger's message: what they make must be the name of a file, not a way to another folder."""
    name = f"{request.package}-{request.version}"
    if "/" in name or "\0" in name:
        raise failed(f"`{name}.txt` is no file name")
    return name


def letterhead(folder: Path) -> str:
    path = folder / "letterhead.txt"
    try:
        return path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise blocked(f"`{path}` is not there yet") from None


def failed(text: str) -> Err:
    """It will not succeed by being tried again."""
    return Err(Error_Failed(text))


def blocked(text: str) -> Err:
    """Something is not there yet, and the job is to come again later."""
    return Err(Error_Blocked(text))
