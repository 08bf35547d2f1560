"""A site directory, read whole: what one node is to be, or everything that is wrong with it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from actors.polarity import channels_of
from actors.table import PipetteSpec, SafeStep, ValveSpec
from roles.boot.devices import read_devices
from roles.boot.document import Document
from roles.boot.findings import Finding, SiteError
from roles.boot.lines import by_line, look_at_lines, unstable_names
from roles.boot.listeners import SERVER_PLUGIN, Listeners
from roles.boot.loader_check import look_at_loader
from roles.boot.model_check import check_model, salvage
from roles.boot.origins import origins
from roles.boot.overrides import DEVICES, SERVERS, Overrides
from roles.boot.plugins import choose
from roles.boot.preferences import Preferences
from roles.boot.safe_state import read_safe_state
from roles.boot.server_settings import RemoteCommandServerSettings
from roles.boot.tls_settings import look_at_tls
from roles.boot.valves_file import read_valves
from roles.boot.valves_xml import read_valves_xml
from roles.boot.vocabulary import Vocabulary
from roles.boot.water import look_at_water
from roles.boot.xml_file import read_initialization
from roles.boot.yaml_file import read_yaml
from transports.rpc.tls import client_context

INITIALIZATION = "setupfiles/initialization.xml"
PREFERENCES = "preferences.yaml"
VALVES = "setupfiles/extractionline/valves.yaml"
VALVES_XML = "setupfiles/extractionline/valves.xml"
DASHBOARD = "setupfiles/dashboard.yaml"
LINE_PLUGIN = "ExtractionLine"


@dataclass(frozen=True)
class Site:
    """What one node is to be.

    Attributes:
        plugins: the enabled plug-ins that are built, in order; unbuilt: those that are only known.
        devices: settings of the devices of this computer by name; remotes: of other nodes.
        pipettes: those whose valves are this node's; safe_state: its steps, in order.
        server: the command server's settings; None where neither a plug-in nor a file asks for one.
        listeners: those of its further listeners by name.
        warnings: what is worth a line and no reason to stop.
        origins: where each setting came from: dotted key -> `flag`, `file:line` or `default`.
        fingerprint: 12 hex digits, the same for the same content, however it is written down.
    """

    root: Path
    name: str
    plugins: tuple[str, ...]
    unbuilt: tuple[str, ...]
    devices: Mapping[str, BaseModel]
    remotes: Mapping[str, BaseModel]
    valves: tuple[ValveSpec, ...]
    pipettes: tuple[PipetteSpec, ...]
    safe_state: tuple[SafeStep, ...]
    server: RemoteCommandServerSettings | None
    listeners: Mapping[str, RemoteCommandServerSettings]
    preferences: Preferences
    warnings: tuple[str, ...]
    origins: Mapping[str, str]
    fingerprint: str

    def on_line(self, where: str) -> list[str]:
        """Return the devices on a line, as `hardware.links.address.place` has it."""
        return [settings.name for settings in by_line(self.devices.values()).get(where, ())]


def load_site(root: Path, *, vocabulary: Vocabulary, overrides: Mapping[str, str] | None = None) -> Site:
    """Read the site at `root`.

    Raises:
        SiteError: something is wrong; it carries every finding of every file.
    """
    if not root.is_dir():
        raise SiteError([Finding(str(root), 0, "", "no such folder; `--init` writes a starter site")])
    return _Loading(root, vocabulary, overrides or {}).site()


class _Loading:
    """Reads file after file and collects findings; nothing stops before the last one."""

    def __init__(self, root: Path, vocabulary: Vocabulary, settings: Mapping[str, str]) -> None:
        self._root = root
        self._vocabulary = vocabulary
        self._findings: list[Finding] = []
        self._warnings: list[str] = []
        self._overrides = Overrides(settings, self._findings)
        self._origins: dict[str, str] = {}

    def site(self) -> Site:
        plugins = read_initialization(self._root / INITIALIZATION, INITIALIZATION, self._findings)
        chosen = choose(plugins, INITIALIZATION, self._vocabulary, self._findings, self._warnings)
        document = self._read(PREFERENCES)
        self._overrides.over_preferences(document)
        listeners = Listeners(self._root, self._read, self._overrides, self._findings, self._warnings, self._origins)
        serves = SERVER_PLUGIN in chosen.built
        server, others = listeners.first(document, serves), listeners.others(serves)
        preferences = check_model(document, Preferences, self._findings, also=("server", DEVICES, SERVERS))
        devices = read_devices(self._root, self._vocabulary, self._overrides, self._findings, self._warnings)
        for name, node in devices.remotes.items():
            if (tls := getattr(node, "tls", None)) is not None:
                look_at_tls(tls, self._root, devices.documents[name], self._findings, client_context)
        usable = preferences or salvage(document, Preferences, (), needed=()) or Preferences()
        mode = usable.extraction_line.interlocks
        before = len(self._findings)
        valves = self._valves()
        unread = len(self._findings) > before  # what of it can be read says nothing of the rest
        table = read_valves(valves, devices.actuators(), mode, self._findings)
        found = partial(_channels_of, table.valves)
        look_at_lines(devices.local, devices.klasses, devices.documents, found, self._findings)
        if unread:
            table = replace(table, sound=False)
        steps = read_safe_state(document, usable, table, self._findings, self._warnings)
        look_at_water(document, usable, devices.local, self._findings)
        look_at_loader(document, usable, devices.local, table, chosen.built, self._findings)
        if self._findings or preferences is None:
            raise SiteError(self._findings)
        self._origins.update(origins(preferences, document))
        for name, settings in {**devices.local, **devices.remotes}.items():
            self._origins.update(origins(settings, devices.documents[name], f"{DEVICES}.{name}."))
        self._warnings.extend(
            f"{self._origins[key]}: {key}: has no effect yet" for key in sorted(self._origins) if self._idle(key)
        )
        self._warnings.extend(unstable_names(devices.local.values(), devices.documents))
        if LINE_PLUGIN in chosen.built and not table.valves and not devices.remotes:
            self._warnings.append(f"{VALVES}: no valves: the extraction line starts with 0")
        if (self._root / DASHBOARD).exists():
            self._warnings.append(f"{DASHBOARD}: not read yet")
        site = Site(
            root=self._root,
            name=preferences.name or self._vocabulary.default_name,
            plugins=chosen.built,
            unbuilt=chosen.unbuilt,
            devices=devices.local,
            remotes=devices.remotes,
            valves=table.valves,
            pipettes=table.pipettes,
            safe_state=steps,
            server=server,
            listeners=others,
            preferences=preferences,
            warnings=(*self._warnings, *table.warnings),
            origins=self._origins,
            fingerprint="",
        )
        return replace(site, fingerprint=_fingerprint(site))

    def _idle(self, key: str) -> bool:
        """Whether somebody set what nothing uses yet: it is said, never passed over."""
        return key.startswith("dashboard.") and self._origins[key] != "default"

    def _valves(self) -> Document:
        """Return the valves file, of either form; empty where there is none."""
        yaml, xml = self._root / VALVES, self._root / VALVES_XML
        if yaml.exists() and xml.exists():
            self._warnings.append(f"{VALVES_XML}: not read, {yaml.name} is")
        read = xml if xml.exists() and not yaml.exists() else yaml
        for stray in sorted(yaml.parent.glob("*")) if yaml.parent.is_dir() else ():
            if stray.name not in (yaml.name, xml.name, "valves.yml") and stray.is_file():
                text = f"{stray.relative_to(self._root)}: not read: the valves are in {read.name}"
                self._warnings.append(text)
        return read_valves_xml(xml, VALVES_XML, self._findings) if read is xml else self._read(VALVES)

    def _read(self, file: str) -> Document:
        """Return one optional file, empty where it does not exist."""
        path = self._root / file
        if path.exists():
            return read_yaml(path, file, self._findings)
        stray = path.with_suffix(".yml")
        if stray.exists():
            self._warnings.append(f"{stray.relative_to(self._root)}: not read, {path.name} would be")
        return Document(file)


def _channels_of(valves: Sequence[ValveSpec], device: str) -> list[str]:
    return channels_of(valves, f"actuator.{device}")


def _fingerprint(site: Site) -> str:
    content = {
        "plugins": [*site.plugins, *site.unbuilt],
        "preferences": site.preferences.model_dump(mode="json"),
        "server": site.server.model_dump(mode="json") if site.server else None,
        "devices": {name: device.model_dump(mode="json") for name, device in site.devices.items()},
        "remotes": {name: node.model_dump(mode="json") for name, node in site.remotes.items()},
        "valves": {valve.name: {**asdict(valve), "disabled_why": ""} for valve in site.valves},
        "pipettes": {pipette.name: asdict(pipette) for pipette in site.pipettes},
        "safe_state": [asdict(step) for step in site.safe_state],
    }
    if site.listeners:
        content["listeners"] = {name: each.model_dump(mode="json") for name, each in site.listeners.items()}
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]
