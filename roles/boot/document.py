"""A site file as data with places: every key knows the file and line it was written in."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from roles.boot.findings import Finding

Path = tuple[str | int, ...]


class Place(NamedTuple):
    """Where a key was written: a file and its line, or `--set` and 0."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}" if self.line else self.file


FLAG = Place("--set", 0)


class Quoted(str):
    """A scalar that was written in quotes: it is text, whatever it looks like."""

    __slots__ = ()


@dataclass(slots=True)
class Document:
    """Plain data (mappings, lists, text, None) and the place of every key and element.

    Attributes:
        file: relative to the site's root; names the document in findings that have no key.
        data: None for an empty file. `Any`: what a person wrote, of whatever shape.
        prefixes: by file, what stands before a key there, where documents were laid over each other.
    """

    file: str
    data: Any = None
    places: dict[Path, Place] = field(default_factory=dict)
    prefixes: dict[str, str] = field(default_factory=dict)

    def place(self, path: Path) -> Place:
        """Return where `path`, or the nearest thing around it, was written."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places.get(path, Place(self.file, 1))

    def at(self, path: Path) -> Any:
        """Return the value at `path`, or None. `Any`: as `data`."""
        value = self.data
        for step in path:
            if isinstance(step, str) and isinstance(value, Mapping):
                value = value.get(step)
            elif isinstance(step, int) and isinstance(value, list) and 0 <= step < len(value):
                value = value[step]
            else:
                return None
        return value

    def finding(self, path: Path, text: str) -> Finding:
        """Return a finding about `path`."""
        place = self.place(path)
        return Finding(*place, self.prefixes.get(place.file, "") + dotted(path), text)

    def put(self, path: Path, value: Any, place: Place) -> None:
        """Set the value at a path of keys, replacing whatever is in the way. `value` as `data`."""
        holder = self.data if isinstance(self.data, dict) else {}
        self.data = holder
        for depth, step in enumerate(path[:-1], start=1):
            if not isinstance(holder.get(str(step)), dict):
                holder[str(step)] = {}
                self.places[path[:depth]] = place
            holder = holder[str(step)]
        holder[str(path[-1])] = value
        self.places[path] = place

    def lay_over(self, other: "Document") -> None:
        """Put every key of another document's mapping over this one's."""
        for key, value in other.data.items():
            self.put((key,), value, other.place((key,)))
            self.places.update({path: place for path, place in other.places.items() if path[:1] == (key,)})

    def cut(self, key: str) -> "Document":
        """Take a section out and return it as a document of the same file."""
        inner = {path[1:]: place for path, place in self.places.items() if path[:1] == (key,)}
        self.places = {path: place for path, place in self.places.items() if path[:1] != (key,)}
        value = self.data.pop(key, None) if isinstance(self.data, dict) else None
        return Document(self.file, value, inner)


def dotted(path: Sequence[str | int]) -> str:
    """Return a path as a person writes it: `relays[2].channel`."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else step
    return text
