"""`python -m roles.init actuator my_relay`: a working package for a device of your own, to be changed from there."""

import argparse
import importlib.util
import keyword
import re
import sys
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from roles.boot.exits import ExitCode
from roles.catalog import KLASSES_KNOWN, vocabulary
from roles.console.screen import complain, show

KINDS = {
    "actuator": "switches valves: codec, driver, simulator",
    "gauge": "reads pressures: codec, driver, simulator",
    "temperature": "holds a furnace at its set-point: codec, driver, simulator",
    "instrument": "anything else: an actor with verbs of its own, and a simulator",
}
OURS = frozenset({"actors", "hardware", "roles", "tests", "transports", "valvetree"})
NEEDED = frozenset({"gpiozero", "lgpio", "pymodbus", "u3"})  # by some of our klasses, and not installed everywhere
_NAME = re.compile(r"[a-z][a-z0-9_]*")
_TEMPLATE, _KLASS = "relay_box", "RelayBox"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the package; return the exit code: 0, or 2 where the arguments are wrong or a file is there already."""
    parser = argparse.ArgumentParser(prog="python -m roles.init", description=__doc__)
    parser.add_argument("kind", choices=KINDS, help="; ".join(f"{kind}: {what}" for kind, what in KINDS.items()))
    parser.add_argument("name", help="of the package, such as my_relay")
    parser.add_argument("folder", nargs="?", default=None, type=Path, help="where to; usually a new one of that name")
    given = parser.parse_args(arguments)
    if not _NAME.fullmatch(given.name) or keyword.iskeyword(given.name):
        complain(f"{given.name!r} is no name of a package: expected small letters, digits and _, such as my_relay")
        return ExitCode.WRONG_SITE
    if why := _taken(given.kind, given.name):
        complain(f"{given.name!r} {why}: choose another name")
        return ExitCode.WRONG_SITE
    folder: Path = given.folder or Path(given.name)
    files = package(given.kind, given.name)
    if there := [folder / name for name in files if (folder / name).exists()]:
        complain("\n".join(f"{path}: exists, not overwritten" for path in there))
        return ExitCode.WRONG_SITE
    try:
        for name, text in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            show(str(path))
    except OSError as error:
        complain(f"{folder}: cannot be written: {error.strerror}")
        return ExitCode.WRONG_SITE
    show(f"try it: cd {folder} && python -m pytest")
    return ExitCode.FINE


def _taken(kind: str, name: str) -> str:
    """Return why a package may not have this name, or ""."""
    if name in sys.stdlib_module_names | OURS | NEEDED:
        return "is a package already"
    if where := _importable(name):
        return f"is a package already, in {where}"
    klass = _klass(name)
    if klass in {*vocabulary("").names(), *KLASSES_KNOWN}:
        return f"would have a class {klass}, and a klass of that name is there already"
    template = _files(resources.files("roles.defaults") / "kit" / kind, "")
    if any(re.search(rf"\b{klass}\b", text) for file, text in template.items() if file.endswith(".py")):
        return f"would have a class {klass}, and what it is made of uses that word already"
    return ""


def _importable(name: str) -> Path | None:
    """Return the folder that a package or module of this name is in, if there is one; what is here is to be changed."""
    spec = importlib.util.find_spec(name)
    if spec is None:
        return None
    places = spec.submodule_search_locations or ([spec.origin] if spec.origin else [])
    folders = [Path(place).parent.resolve() for place in places]
    return next((folder for folder in folders if folder != Path.cwd()), None)


def _klass(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def package(kind: str, name: str) -> dict[str, str]:
    """Return file -> text of a new package."""
    klass = _klass(name)
    found = _files(resources.files("roles.defaults") / "kit" / kind, "")
    return {_named(path, name, klass): _named(text, name, klass) for path, text in found.items()}


def _files(folder: Traversable, at: str) -> dict[str, str]:
    found: dict[str, str] = {}
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.is_dir():
            found |= _files(item, f"{at}{item.name}/")
        else:
            found[at + item.name.removesuffix(".in")] = item.read_text(encoding="utf-8")
    return found


def _named(text: str, name: str, klass: str) -> str:
    dashed = _TEMPLATE.replace("_", "-")
    return text.replace(_TEMPLATE, name).replace(_KLASS, klass).replace(dashed, name.replace("_", "-"))


if __name__ == "__main__":
    sys.exit(main())
