"""XML as plain elements with lines: expat itself, for line numbers; no DTD, no entities."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from xml.parsers import expat

from roles.boot.findings import Finding

DEEPEST = 20
LARGEST_BYTES = 4_000_000


@dataclass(slots=True)
class Element:
    """One element as written.

    Attributes:
        text: what stands directly in it, without the spaces around it.
        line: of its start, from 1.
    """

    tag: str
    line: int
    attributes: Mapping[str, str] = field(default_factory=dict)
    text: str = ""
    children: list["Element"] = field(default_factory=list)


class _Refused(Exception):
    """The file uses what a site file may not; the finding is already in the list."""


def read_elements(content: bytes, file: str, findings: list[Finding]) -> Element | None:
    """Return the outermost element; None, with a finding that names `file`, where the content is no plain XML."""
    if len(content) > LARGEST_BYTES:
        findings.append(Finding(file, 0, "", f"larger than {LARGEST_BYTES} bytes"))
        return None
    return _Reading(file, findings).root(content)


class _Reading:
    """Builds elements from expat's calls."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._file = file
        self._findings = findings
        self._open: list[Element] = []
        self._root: Element | None = None
        self._parser = expat.ParserCreate()
        self._parser.buffer_text = True

    def root(self, content: bytes) -> Element | None:
        """Read the whole file; what is broken becomes a finding."""
        parser = self._parser
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(content, True)
        except expat.ExpatError as exc:
            self._find(exc.lineno, f"not XML: {expat.ErrorString(exc.code)}")
        except (LookupError, ValueError) as exc:
            self._find(1, f"not XML: {exc}")
        except _Refused:
            pass
        else:
            return self._root
        return None

    def _find(self, line: int, text: str) -> None:
        self._findings.append(Finding(self._file, line, "", text))

    def _doctype(self, *_declaration: object) -> None:
        self._find(self._parser.CurrentLineNumber, "has a DOCTYPE: a site file has no DTD and no entities")
        raise _Refused

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = Element(tag, self._parser.CurrentLineNumber, attributes)
        if len(self._open) == DEEPEST:
            self._find(element.line, f"nested deeper than {DEEPEST} levels")
            raise _Refused
        if self._open:
            self._open[-1].children.append(element)
        else:
            self._root = element
        self._open.append(element)

    def _text(self, text: str) -> None:
        self._open[-1].text += text

    def _end(self, _tag: str) -> None:
        element = self._open.pop()
        element.text = element.text.strip()
