"""YAML as plain data with lines: scalars stay the text that was written, and nothing is resolved or run.

YAML's own guesses (`ON` is true, `010` is eight, `1:30` is ninety) are left out: fields are typed later.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from roles.boot.document import Document, Place, Quoted, dotted
from roles.boot.document import Path as KeyPath
from roles.boot.findings import Finding

DEEPEST = 20
LARGEST_BYTES = 4_000_000
NOTHING = {"", "~", "null", "Null", "NULL"}
LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # `Any`: the C one may not be there


class _Broken(Exception):
    """Reading cannot go on; the finding is already in the list."""


def read_yaml(path: Path, file: str, findings: list[Finding]) -> Document:
    """Read one file; `file` names it in findings, which are appended to. A broken file reads as empty."""
    try:
        content = path.read_bytes()
        if len(content) > LARGEST_BYTES:
            findings.append(Finding(file, 0, "", f"larger than {LARGEST_BYTES} bytes"))
            return Document(file)
        text = content.decode("utf-8-sig")
    except OSError as exc:
        findings.append(Finding(file, 0, "", f"cannot be read: {exc.strerror}"))
        return Document(file)
    except UnicodeDecodeError as exc:
        line = content[: exc.start].count(b"\n") + 1
        findings.append(Finding(file, line, "", f"not UTF-8: byte {content[exc.start]:#04x}"))
        return Document(file)
    return read_text(text, file, findings)


def read_text(text: str, file: str, findings: list[Finding]) -> Document:
    """Read YAML text. See `read_yaml`."""
    reading = _Reading(file, findings)
    try:
        return reading.document(yaml.parse(text, Loader=LOADER))
    except _Broken:
        pass
    except yaml.MarkedYAMLError as exc:
        line = exc.problem_mark.line + 1 if exc.problem_mark else 0
        findings.append(Finding(file, line, "", f"not YAML: {exc.problem or exc.context}"))
    except yaml.YAMLError as exc:
        findings.append(Finding(file, 0, "", f"not YAML: {' '.join(str(exc).split())}"))
    return Document(file)


class _Reading:
    """Builds one document from YAML's stream of events."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._result = Document(file)
        self._findings = findings
        self._events: Iterator[Any] = iter(())

    def document(self, events: Iterator[Any]) -> Document:
        """Return the one document of the stream."""
        self._events = events
        documents = 0
        for event in events:
            if not isinstance(event, yaml.DocumentStartEvent):
                continue
            documents += 1
            if documents > 1:
                self._stop(event, (), "a second document: one per file is read")
            self._result.data = self._node(next(events), ())
        self._result.places.setdefault((), Place(self._result.file, 1))
        return self._result

    def _node(self, event: Any, path: KeyPath) -> Any:
        self._result.places.setdefault(path, self._place(event))
        if len(path) > DEEPEST:
            self._stop(event, path, f"nested deeper than {DEEPEST} levels")
        if isinstance(event, yaml.AliasEvent):
            self._find(event, path, f"alias *{event.anchor}: a site file is plain data without anchors")
            return None
        if event.anchor:
            self._find(event, path, f"anchor &{event.anchor}: a site file is plain data without anchors")
        if event.tag:
            self._find(event, path, f"tag {event.tag}: a site file is plain data without tags")
        if isinstance(event, yaml.ScalarEvent):
            if event.style:
                return Quoted(event.value)
            return None if event.value in NOTHING else event.value
        return self._list(path) if isinstance(event, yaml.SequenceStartEvent) else self._mapping(path)

    def _list(self, path: KeyPath) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            items.append(self._node(event, (*path, len(items))))
        return items

    def _mapping(self, path: KeyPath) -> dict[str, Any]:
        found: dict[str, Any] = {}
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent):
                self._stop(event, path, "a key must be a word")
            key = event.value
            where = (*path, key)
            if key in found:
                first = self._result.places[where].line
                self._find(event, where, f"given twice, first in line {first}")
            self._result.places.setdefault(where, self._place(event))
            value = self._node(next(self._events), where)
            found.setdefault(key, value)
        return found

    def _place(self, event: Any) -> Place:
        return Place(self._result.file, event.start_mark.line + 1)

    def _find(self, event: Any, path: KeyPath, text: str) -> None:
        self._findings.append(Finding(*self._place(event), dotted(path), text))

    def _stop(self, event: Any, path: KeyPath, text: str) -> None:
        self._find(event, path, text)
        raise _Broken
