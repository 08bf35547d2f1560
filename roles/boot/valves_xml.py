"""valves.xml, Pychron's other form of the valves file, as the same data that valves.yaml gives: a list of entries."""

from pathlib import Path
from typing import Any

from roles.boot.document import Document, Place
from roles.boot.findings import Finding, nearest
from roles.boot.valve_keys import KINDS, NAME_LISTS, NAMED, PIPETTE, ParentKeys, StateDeviceKeys, ValveKeys
from roles.boot.xml_elements import Element, read_elements

ROOT, GROUP = "root", "group"
BY_THE_ELEMENT = ("kind", "name")  # its tag and its text
ATTRIBUTES = ("query_state",)
TEXTS = ("address", "description")  # may be empty
SWITCHES = {"1": "true", "t": "true", "y": "true", "0": "false", "f": "false", "n": "false"}  # besides YAML's words
MODELS = (ValveKeys, StateDeviceKeys, ParentKeys)
YES_OR_NO = {
    key for model in MODELS for key, info in model.model_fields.items() if info.annotation in (bool, bool | None)
}


def read_valves_xml(path: Path, file: str, findings: list[Finding]) -> Document:
    """Read one file; `file` names it in findings, which are appended to. A broken file reads as empty."""
    try:
        content = path.read_bytes()
    except OSError as exc:
        findings.append(Finding(file, 0, "", f"cannot be read: {exc.strerror}"))
        return Document(file)
    root = read_elements(content, file, findings)
    return _Reading(file, findings).document(root) if root else Document(file)


class _Reading:
    """Turns elements into entries. What an entry may hold is checked later, with that of valves.yaml."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._result = Document(file, [])
        self._findings = findings

    def document(self, root: Element) -> Document:
        """Return the document of all entries, groups or not."""
        if root.tag != ROOT:
            self._find(root.line, f"expected <{ROOT}> as the outermost element", root.tag)
        self._result.places[()] = Place(self._result.file, root.line)
        self._group(root)
        return self._result

    def _group(self, group: Element) -> None:
        for element in group.children:
            if element.tag == GROUP:
                self._group(element)
            elif element.tag in KINDS:
                self._entry(element)
            else:
                hint = nearest(element.tag, (*KINDS, GROUP)) or f", expected one of {', '.join((*KINDS, GROUP))}"
                self._find(element.line, f"unknown element{hint}", element.tag)

    def _entry(self, element: Element) -> None:
        at = len(self._result.data)
        entry: dict[str, Any] = {"name": element.text, "kind": element.tag}
        self._result.data.append(entry)
        for path in ((at,), (at, "name"), (at, "kind")):
            self._result.places[path] = Place(self._result.file, element.line)
        for name, text in element.attributes.items():
            if name in ATTRIBUTES and element.tag != PIPETTE:
                self._put(entry, (at, name), _scalar(name, text.strip()), element.line)
            else:
                hint = nearest(name, ATTRIBUTES) or f", expected it as an element: <{name}>"
                self._find(element.line, f"unknown attribute{hint}", f"{element.tag}.{name}")
        for child in element.children:
            self._child(entry, at, element.tag, child)

    def _child(self, entry: dict[str, Any], at: int, kind: str, child: Element) -> None:
        key = child.tag
        if key in BY_THE_ELEMENT:
            what = "is the text of the element" if key == "name" else f"is the element itself: <{kind}>"
            self._find(child.line, f"unknown element: the {key} {what}", f"[{at}].{key}")
        elif key in NAME_LISTS and not child.children:
            where = len(entry.setdefault(key, []))
            entry[key].append(child.text or None)
            self._result.places.setdefault((at, key), Place(self._result.file, child.line))
            self._result.places[at, key, where] = Place(self._result.file, child.line)
        elif child.children or key in NAMED:
            inner: dict[str, Any] = {"name": child.text} if child.text else {}
            self._put(entry, (at, key), inner, child.line)
            for grandchild in child.children:
                value: Any = {} if grandchild.children else _scalar(grandchild.tag, grandchild.text)
                self._put(inner, (at, key, grandchild.tag), value, grandchild.line)
        else:
            self._put(entry, (at, key), _scalar(key, child.text), child.line)
        for name in child.attributes:
            self._find(child.line, f"unknown attribute, expected it as an element: <{name}>", f"[{at}].{key}.{name}")

    def _put(self, holder: dict[str, Any], path: tuple[str | int, ...], value: Any, line: int) -> None:
        key = str(path[-1])
        if key in holder:
            first = self._result.places[path].line
            self._findings.append(
                Finding(self._result.file, line, f"[{path[0]}].{key}", f"given twice, first in line {first}")
            )
            return
        holder[key] = value
        self._result.places[path] = Place(self._result.file, line)

    def _find(self, line: int, text: str, path: str) -> None:
        self._findings.append(Finding(self._result.file, line, path, text))


def _scalar(key: str, text: str) -> str | None:
    """Return an element's text as a scalar of YAML would be: nothing where it is empty, except where text may be."""
    if not text:
        return "" if key in TEXTS else None
    return SWITCHES.get(text.casefold(), text) if key in YES_OR_NO else text
