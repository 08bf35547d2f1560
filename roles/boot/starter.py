"""`--init`: a commented starter site, written where nothing is."""

from collections.abc import Iterator
from importlib.resources.abc import Traversable
from pathlib import Path


class SiteExists(Exception):
    """Files of the starter site are already there; nothing was written. `files` names each."""

    def __init__(self, files: list[Path]) -> None:
        super().__init__("\n".join(f"{file}: exists, not overwritten" for file in files))
        self.files = tuple(files)


def write_starter(source: Traversable, root: Path) -> list[Path]:
    """Copy the folder `source` to `root`; return the files that were written.

    Raises:
        SiteExists: a file of that name is there already; then nothing is written at all.
        OSError: the folder cannot be written.
    """
    wanted = [(file, root / name) for name, file in _files(source, Path())]
    if there := [target for _file, target in wanted if target.exists() or target.is_symlink()]:
        raise SiteExists(there)
    for file, target in wanted:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:  # x: also a file that appeared meanwhile is not overwritten
            out.write(file.read_bytes())
    return [target for _file, target in wanted]


def _files(folder: Traversable, at: Path) -> Iterator[tuple[Path, Traversable]]:
    for item in sorted(folder.iterdir(), key=lambda item: item.name):
        if item.name in {"__pycache__", "__init__.py"} or item.name.endswith(".pyc"):
            continue
        if item.is_dir():
            yield from _files(item, at / item.name)
        else:
            yield at / item.name, item
