"""initialization.xml: which plug-ins are on. Plain expat, for line numbers; no DTD, no entities."""

from dataclasses import dataclass
from pathlib import Path
from xml.parsers import expat

from roles.boot.findings import Finding, nearest

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


class _Refused(Exception):
    """The file uses what a site file may not."""


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
    reading = _Reading(file, findings)
    reading.parse(content)
    return reading.plugins


class _Reading:
    """Collects plug-ins from expat's calls."""

    def __init__(self, file: str, findings: list[Finding]) -> None:
        self.plugins: list[Plugin] = []
        self._file = file
        self._findings = findings
        self._open: list[str] = []
        self._inside = 0  # depth at which the open <plugin> stands, 0: none is open
        self._switch: str | None = None
        self._line = 0
        self._name = ""
        self._parser = expat.ParserCreate()

    def parse(self, content: bytes) -> None:
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

    def _find(self, line: int, text: str, path: str = "") -> None:
        self._findings.append(Finding(self._file, line, path, text))

    def _doctype(self, *_declaration: object) -> None:
        self._find(self._parser.CurrentLineNumber, "has a DOCTYPE: a site file has no DTD and no entities")
        raise _Refused

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._open.append(tag)
        line = self._parser.CurrentLineNumber
        if len(self._open) == 1 and tag != ROOT:
            self._find(line, f"expected <{ROOT}> as the outermost element", tag)
        if self._inside:
            return
        if tag == "plugin":
            self._inside, self._line, self._name = len(self._open), line, ""
            self._switch = attributes.get("enabled")
            for unknown in attributes.keys() - {"enabled"}:
                self._find(line, f"unknown attribute{nearest(unknown, ['enabled'])}", f"plugin.{unknown}")
        elif tag not in KNOWN_ELEMENTS and (hint := nearest(tag, ["plugin"])):
            self._find(line, f"unknown element{hint}", tag)

    def _text(self, text: str) -> None:
        if len(self._open) == self._inside:
            self._name += text

    def _end(self, _tag: str) -> None:
        if len(self._open) == self._inside:
            self._inside = 0
            self._close_plugin()
        self._open.pop()

    def _close_plugin(self) -> None:
        name = self._name.strip()
        enabled = SWITCHES.get((self._switch or "").strip().casefold())
        if not name:
            self._find(self._line, "has no name", "plugin")
        elif enabled is None:
            got = "nothing" if self._switch is None else repr(self._switch)
            self._find(self._line, f'expected enabled="true" or enabled="false", got {got}', name)
        else:
            section = self._open[-2] if len(self._open) > 1 else ""
            self.plugins.append(Plugin(name, enabled, section, self._line))
