"""`python -m roles.init actuator my_relay`: a working package for a device of your own, to be changed from there."""

import argparse
import keyword
import re
import sys
from collections.abc import Sequence
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from roles.boot.exits import ExitCode
from roles.console.screen import complain, show

KINDS = {
    "actuator": "switches valves: codec, driver, simulator",
    "gauge": "reads pressures: codec, driver, simulator",
    "instrument": "anything else: an actor with verbs of its own, and a simulator",
}
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
    if given.name in sys.stdlib_module_names or given.name in ("actors", "hardware", "roles", "transports"):
        complain(f"{given.name!r} is a package already")
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


def package(kind: str, name: str) -> dict[str, str]:
    """Return file -> text of a new package."""
    klass = "".join(part.capitalize() for part in name.split("_"))
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
