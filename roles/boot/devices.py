"""setupfiles/devices/*.yaml: one device or remote node each, checked by the settings model of its klass."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from pydantic import BaseModel

from roles.boot.actuator_names import ActuatorNames
from roles.boot.document import Document
from roles.boot.findings import Finding, nearest
from roles.boot.model_check import check_model
from roles.boot.overrides import Overrides
from roles.boot.remote import RemoteExtractionLineManager
from roles.boot.valve_polarity import MISSING
from roles.boot.vocabulary import Klass, UnknownKlass, Vocabulary
from roles.boot.wording import said
from roles.boot.yaml_file import read_yaml

FOLDER = Path("setupfiles/devices")


@dataclass(frozen=True, slots=True)
class Devices:
    """What the device files say.

    Attributes:
        local: devices of this computer by name, with their settings; remotes: other nodes by name.
        documents: by name, for the origin of every key; those of wrong files too.
        klasses: what the klass of each local device is.
    """

    local: Mapping[str, BaseModel]
    remotes: Mapping[str, BaseModel]
    documents: Mapping[str, Document]
    klasses: Mapping[str, Klass]

    def actuators(self) -> ActuatorNames:
        """Return what a valve may name as its actuator."""
        nodes = {name for name, node in self.remotes.items() if isinstance(node, RemoteExtractionLineManager)}
        others = {name: str(getattr(node, "klass", "")) for name, node in self.remotes.items() if name not in nodes}
        wrong = {name: "" for name in self.documents if name not in self.local and name not in self.remotes}
        klasses = {name: str(getattr(device, "klass", "")) for name, device in self.local.items()}
        idle = {name: klass for name, klass in klasses.items() if not self.klasses[name].switches}
        local = {name: device for name, device in self.local.items() if name not in idle}
        opens_when = {name: getattr(device, "valve_opens_when", "") for name, device in local.items()}
        return ActuatorNames(
            local=frozenset(local),
            nodes=frozenset(nodes),
            other={**others, **idle, **wrong},
            judges={name: partial(self.klasses[name].channel_problem, device) for name, device in local.items()},
            senses={name: partial(self.klasses[name].sense, device) for name, device in local.items()},
            opens_when={name: word for name, word in opens_when.items() if word},
            undecided={name: self._undecided(name) for name, word in opens_when.items() if word is None},
        )

    def _undecided(self, name: str) -> Finding:
        text = f"{MISSING}, here or on each of its valves: it is never guessed"
        return self.documents[name].finding(("valve_opens_when",), text)


def read_devices(
    root: Path, vocabulary: Vocabulary, overrides: Overrides, findings: list[Finding], warnings: list[str]
) -> Devices:
    """Read every device file, in the order of their names."""
    documents: dict[str, Document] = {}
    for path in sorted((root / FOLDER).glob("*.yaml")):
        _take(read_yaml(path, str(FOLDER / path.name), findings), documents, findings)
    warnings.extend(
        f"{FOLDER / stray.name}: not read: device files end in .yaml" for stray in sorted((root / FOLDER).glob("*.yml"))
    )
    overrides.over_devices({name: document for name, document in documents.items() if name})
    local: dict[str, BaseModel] = {}
    remotes: dict[str, BaseModel] = {}
    klasses: dict[str, Klass] = {}
    verbs: dict[str, str] = {}
    gauges: dict[str, str] = {}
    for name, document in documents.items():
        klass = _klass(document, vocabulary, findings)
        settings = check_model(document, klass.settings, findings) if klass else None
        if klass is not None and settings is not None:
            (remotes if klass.remote else local)[name] = settings
            klasses[name] = klass
            findings.extend(_verbs_taken(document, klass, verbs))
            verbs.update(dict.fromkeys(klass.verbs, name))
            findings.extend(_gauges_taken(document, settings, gauges))
    return Devices(local, remotes, documents, klasses)


def _take(document: Document, documents: dict[str, Document], findings: list[Finding]) -> None:
    """Add a file under the name that it gives, or say what is wrong with it."""
    if document.data is None and not document.places:
        return  # broken, and said so
    if not isinstance(document.data, dict):
        findings.append(document.finding((), f"expected name, klass and settings, got {said(document.data)}"))
        return
    name = document.at(("name",))
    if not isinstance(name, str):
        if name is not None or "name" in document.data:
            findings.append(document.finding(("name",), f"expected a name, got {said(name)}"))
        else:
            findings.append(document.finding(("name",), "missing, expected the device's name"))
        name = f"\0{document.file}"  # unnamed: the rest of it is checked all the same
        document.data["name"] = "unnamed"
    elif name in documents:
        first = documents[name].place(("name",))
        findings.append(document.finding(("name",), f"{name!r} is given twice, first in {first}"))
        name = f"\0{document.file}"
    documents[str(name)] = document


def _verbs_taken(document: Document, klass: Klass, verbs: Mapping[str, str]) -> list[Finding]:
    """Return a finding per verb of a device's own that another device has already."""
    taken = [verb for verb in klass.verbs if verb in verbs]
    return [document.finding(("klass",), f"its verb {verb} is that of {verbs[verb]} already") for verb in taken]


def _gauges_taken(document: Document, settings: BaseModel, gauges: dict[str, str]) -> list[Finding]:
    """Return a finding per gauge whose name one of another controller has already: `read` could mean either of them.

    `gauges`: gauge -> where it was named first; those of this controller are added.
    """
    findings = []
    for gauge in getattr(settings, "gauges", ()):
        path = ("gauges", gauge)
        if gauge in gauges:
            findings.append(document.finding(path, f"a gauge of this name is given already, in {gauges[gauge]}"))
        else:
            gauges[gauge] = str(document.place(path))
    return findings


def _klass(document: Document, vocabulary: Vocabulary, findings: list[Finding]) -> Klass | None:
    """Return what a device's klass is; None with a finding where there is none."""
    klass = document.at(("klass",))
    if not isinstance(klass, str):
        text = "missing, expected the klass of the device" if klass is None else f"expected text, got {said(klass)}"
    elif klass in vocabulary.klasses_known:
        text = f"{klass} is known, but not built yet"
        if klass in vocabulary.instead:
            text += f": {vocabulary.instead[klass]}"
    else:
        try:
            return vocabulary.klass(klass)
        except UnknownKlass as error:
            text = str(error)
        if ":" not in klass and klass not in vocabulary.klasses:
            hint = nearest(klass, {*vocabulary.names(), *vocabulary.klasses_known})
            text += hint or f", expected one of {', '.join(vocabulary.names())}, or package.module:Class"
    findings.append(document.finding(("klass",), text))
    return None
