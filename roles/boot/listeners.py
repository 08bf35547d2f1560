"""The listeners of a site: `servers/remote_command_server.yaml`, and every other file beside it."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from roles.boot.document import Document
from roles.boot.findings import Finding
from roles.boot.model_check import check_model
from roles.boot.origins import origins
from roles.boot.overrides import SERVERS, Overrides
from roles.boot.preferences import NAME_WORDS, NODE_NAME
from roles.boot.server_settings import RemoteCommandServerSettings
from roles.boot.tls_settings import look_at_tls
from roles.boot.wording import said
from transports.rpc.tls import server_context

PREFERENCES = "preferences.yaml"
FOLDER = "setupfiles/servers"
SERVER = f"{FOLDER}/remote_command_server.yaml"
SERVER_PLUGIN = "RemoteCommandServer"
_ANY = ("0.0.0.0", "::")  # noqa: S104 - to compare with


@dataclass
class Listeners:
    """Reads them; what is wrong goes into `findings`, what is worth a line into `warnings`.

    Args:
        root: the site's.
        read: returns one optional file of it, empty where it does not exist.
    """

    root: Path
    read: Callable[[str], Document]
    overrides: Overrides
    findings: list[Finding]
    warnings: list[str]
    origins: dict[str, str]
    _taken: list[tuple[str, int, str]] = field(default_factory=list)

    def first(self, preferences: Document, wanted: bool) -> RemoteCommandServerSettings | None:
        """Return the first one's settings: the flag over its own file over `server` in the preferences."""
        document = Document(SERVER, {}, prefixes={PREFERENCES: "server."})
        asked = False
        for layer in (preferences.cut("server"), self.read(SERVER)):
            if isinstance(layer.data, dict):
                document.lay_over(layer)
                asked = True
            elif layer.data is not None:
                text = f"expected a mapping of keys to values, got {said(layer.data)}"
                self.findings.append(layer.finding((), text))
        asked = self.overrides.over_server(document) or asked
        settings = check_model(document, RemoteCommandServerSettings, self.findings)
        if settings is None or not (asked or wanted):
            return None
        self._take("server.", settings, document, wanted)
        return settings

    def others(self, wanted: bool) -> Mapping[str, RemoteCommandServerSettings]:
        """Return the settings of all further listeners by name, which is their file's."""
        folder = self.root / FOLDER
        files = sorted(folder.glob("*.yaml")) if folder.is_dir() else []
        documents = {file.stem: self.read(f"{FOLDER}/{file.name}") for file in files if file.name != Path(SERVER).name}
        self.overrides.over_listeners(documents)
        found: dict[str, RemoteCommandServerSettings] = {}
        for name, document in documents.items():
            if not re.match(NODE_NAME, name):
                self.findings.append(document.finding((), f"the file's name is the listener's: expected {NAME_WORDS}"))
            settings = check_model(document, RemoteCommandServerSettings, self.findings)
            if settings is not None:
                self._take(f"{SERVERS}.{name}.", settings, document, wanted)
                found[name] = settings
        return found

    def _take(self, prefix: str, settings: RemoteCommandServerSettings, document: Document, wanted: bool) -> None:
        self.origins.update(origins(settings, document, prefix))
        if not wanted:
            self.warnings.append(f"{document.file}: has no effect: the plug-in {SERVER_PLUGIN} is not enabled")
        for host, port, file in self._taken:
            if port and settings.port == port and (host == settings.host or not {host, settings.host}.isdisjoint(_ANY)):
                self.findings.append(document.finding(("port",), f"port {port} is that of {file}, too"))
        self._taken.append((settings.host, settings.port, document.file))
        if settings.tls is not None:
            look_at_tls(settings.tls, self.root, document, self.findings, server_context)
