"""initialization.xml: which plug-ins are on."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from roles.boot.findings import Finding, nearest
from roles.boot.xml_elements import Element, read_elements

SWITCHES = {"true": True, "yes": True, "on": True, "false": False, "no": False, "off": False}
ROOT = "root"
KNOWN_ELEMENTS = ("plugin", "plugins")


@dataclass(frozen=True, slots=True)
class Plugin:
    """One `<plugin>` as written: its name, whether it is on, the element that it stands in, its line."""

    name: str
    enabled: bool
    section: str
    line: int


def read_initialization(path: Path, file: str, findings: list[Finding]) -> list[Plugin]:
    """Read the plug-ins of every section, in order; `file` names it in findings, which are appended to."""
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        findings.append(Finding(file, 0, "", "missing: it says which plug-ins are on; `--init` writes one"))
        return []
    except OSError as exc:
        findings.append(Finding(file, 0, "", f"cannot be read: {exc.strerror}"))
        return []
    root = read_elements(content, file, findings)
    return list(_Reading(file, findings).plugins(root)) if root else []


class _Reading:
    """Walks the elements; what a plug-in holds is left alone."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self._file = file
        self._findings = findings

    def plugins(self, root: Element) -> Iterator[Plugin]:
        """Yield every plug-in, in order."""
        if root.tag != ROOT:
            self._find(root.line, f"expected <{ROOT}> as the outermost element", root.tag)
        yield from self._in(root)

    def _in(self, section: Element) -> Iterator[Plugin]:
        for element in section.children:
            if element.tag == "plugin":
                yield from self._plugin(element, section.tag)
            else:
                if element.tag not in KNOWN_ELEMENTS and (hint := nearest(element.tag, ["plugin"])):
                    self._find(element.line, f"unknown element{hint}", element.tag)
                yield from self._in(element)

    def _plugin(self, element: Element, section: str) -> Iterator[Plugin]:
        for unknown in element.attributes.keys() - {"enabled"}:
            self._find(element.line, f"unknown attribute{nearest(unknown, ['enabled'])}", f"plugin.{unknown}")
        switch = element.attributes.get("enabled")
        enabled = SWITCHES.get((switch or "").strip().casefold())
        if not element.text:
            self._find(element.line, "has no name", "plugin")
        elif enabled is None:
            got = "nothing" if switch is None else repr(switch)
            self._find(element.line, f'expected enabled="true" or enabled="false", got {got}', element.text)
        else:
            yield Plugin(element.text, enabled, section, element.line)

    def _find(self, line: int, text: str, path: str = "") -> None:
        self._findings.append(Finding(self._file, line, path, text))
