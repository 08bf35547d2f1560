"""Where scripts are found and read: a given path, or the site's folder, with or without `.py`."""

import os
import tokenize
from collections.abc import Iterator
from pathlib import Path

from roles.scripting.check import Source
from roles.scripting.outcome import ScriptFailed

SUFFIX = ".py"


class Shelf:
    """The scripts of one site. `folder` is `<root>/scripts`; None: there is none."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder

    def find(self, name: str, beside: Path | None = None) -> Source | None:
        """Return the script that is called `name`, or None. `beside`: the folder of the script that calls it.

        Raises:
            ScriptFailed: it is there and cannot be read.
        """
        for place in self._places(name, beside):
            path = Path(os.path.normpath(place))  # a script is the same by whichever way it is reached
            if path.is_file():
                return Source(self._said(path), self._read(path), path.parent)
        return None

    def names(self) -> list[str]:
        """Return the scripts in the site's folder, as they can be called."""
        if self._folder is None or not self._folder.is_dir():
            return []
        found = self._folder.rglob(f"*{SUFFIX}")
        return sorted(str(path.relative_to(self._folder).with_suffix("")) for path in found)

    def _places(self, name: str, beside: Path | None) -> Iterator[Path]:
        given = Path(name).expanduser()
        for folder in (folder for folder in (beside, Path(), self._folder) if folder is not None):
            yield folder / given
            if given.suffix != SUFFIX:
                yield folder / f"{given}{SUFFIX}"

    def _said(self, path: Path) -> str:
        if self._folder is not None and path.is_relative_to(self._folder):
            return str(path.relative_to(self._folder))
        return str(path)

    def _read(self, path: Path) -> str:
        try:
            with tokenize.open(path) as file:
                return file.read()
        except (OSError, SyntaxError, UnicodeDecodeError) as error:
            raise ScriptFailed(f"{path}:1: cannot be read: {error}") from None
