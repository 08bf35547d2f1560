"""`--set key=value`: settings from the command line, laid over the files before anything is checked."""

from collections.abc import Iterable, Mapping
from typing import Any

from roles.boot.document import FLAG, Document
from roles.boot.findings import Finding, nearest
from roles.boot.yaml_file import read_text

DEVICES = "devices"
SERVER = "server"
SERVERS = "servers"


class Overrides:
    """The settings of the command line, by dotted key."""

    def __init__(self, settings: Mapping[str, str], findings: list[Finding]) -> None:
        self._findings = findings
        self._values: dict[str, Any] = {}
        for key, text in settings.items():
            if not all(key.split(".")):
                self._find(key, "not a dotted key, expected something like notifier.port")
            else:
                self._values[key] = self._value(key, text)

    def over_preferences(self, document: Document) -> None:
        """Lay everything that is neither a device's nor the server's over the preferences."""
        for key, value in self._values.items():
            steps = tuple(key.split("."))
            if steps[0] not in (DEVICES, SERVER, SERVERS):
                document.put(steps, value, FLAG)

    def over_server(self, document: Document) -> bool:
        """Lay `server.<key>` over the server's settings; return whether there was any."""
        document.prefixes[FLAG.file] = f"{SERVER}."
        mine = [key for key in self._values if key.partition(".")[0] == SERVER]
        for key in mine:
            if key == SERVER:
                self._find(key, "names no key, expected server.<key>=<value>")
            else:
                document.put(tuple(key.split(".")[1:]), self._values[key], FLAG)
        return bool(mine)

    def over_devices(self, devices: Mapping[str, Document]) -> None:
        """Lay `devices.<name>.<key>` over the device of that name; names may have dots."""
        self._over_named(DEVICES, devices, "device file")

    def over_listeners(self, listeners: Mapping[str, Document]) -> None:
        """Lay `servers.<name>.<key>` over the further listener of that name; names may have dots."""
        self._over_named(SERVERS, listeners, "further listener's file")

    def _over_named(self, section: str, documents: Mapping[str, Document], what: str) -> None:
        for key, value in self._values.items():
            first, _, rest = key.partition(".")
            if first != section:
                continue
            name = self._named(rest, documents)
            if name and name != rest:
                documents[name].prefixes[FLAG.file] = f"{section}.{name}."
                documents[name].put(tuple(rest[len(name) + 1 :].split(".")), value, FLAG)
            elif name:
                self._find(key, f"names no key, expected {section}.{name}.<key>=<value>")
            else:
                word = rest.split(".")[0]
                hint = nearest(word, documents) or f", expected one of {', '.join(sorted(documents)) or 'none'}"
                self._find(key, f"no {what} is named {word!r}{hint}")

    def _named(self, rest: str, names: Iterable[str]) -> str:
        fitting = [name for name in names if rest == name or rest.startswith(f"{name}.")]
        return max(fitting, key=len, default="")

    def _value(self, key: str, text: str) -> Any:
        """Return the value as a file would give it: text, or a list such as `[a, b]`."""
        found: list[Finding] = []
        value = read_text(text, FLAG.file, found).data
        for finding in found:
            self._find(key, finding.text)
        return value

    def _find(self, key: str, text: str) -> None:
        self._findings.append(Finding(FLAG.file, FLAG.line, key, text))
