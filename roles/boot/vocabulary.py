"""What this program can start, handed in as data: the reader of files imports none of it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from pydantic import BaseModel

from hardware.settings import Sense
from hardware.sharing import Parts
from roles.boot.remote import RemoteExtractionLineManager, RemoteFurnaceManager


def _any_channel(_settings: Any, _channel: str) -> str:
    return ""


def _no_sense(_settings: Any, _channel: str) -> Sense | None:
    return None


def _nowhere(_settings: Any) -> str:
    return ""


def _alone(_settings: Any, _channels: Sequence[str]) -> Parts | None:
    return None


@dataclass(frozen=True, slots=True)
class Klass:
    """What the reader of files has to know of a klass.

    Attributes:
        settings: the model of its file.
        switches: it moves valves.
        remote: it is another node.
        channel_problem: what is wrong with a channel of a device with such settings, "" where nothing is.
        sense: see `hardware.device.ActuatorDevice.opens_when`.
        verbs: commands of its own: only one device of a node can have each.
        place, parts: see `hardware.sharing`; speaks: see `hardware.sharing.speech_of`.
    """

    settings: type[BaseModel]
    switches: bool = False
    remote: bool = False
    channel_problem: Callable[[Any, str], str] = _any_channel
    sense: Callable[[Any, str], Sense | None] = _no_sense
    verbs: tuple[str, ...] = ()
    place: Callable[[Any], str] = _nowhere
    parts: Callable[[Any, Sequence[str]], Parts | None] = _alone
    speaks: str = ""


REMOTE_KLASSES: Mapping[str, Klass] = {
    "RemoteExtractionLineManager": Klass(RemoteExtractionLineManager, remote=True),
    "RemoteFurnaceManager": Klass(RemoteFurnaceManager, remote=True),
}


class UnknownKlass(LookupError):
    """No class has that name, or it cannot be had; its text says why."""


def _none(klass: str) -> Klass:
    raise UnknownKlass(f"unknown klass {klass!r}")


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a site may use.

    Attributes:
        plugins_built: plug-ins that can be started; plugins_known: those that will be.
        find: returns what a klass name means; raises `UnknownKlass`. klasses: the names that it knows for certain.
        klasses_known: those that will be.
        instead: for a klass that is not built, what does its work.
        default_name: the node's name where preferences give none: the role's.
    """

    plugins_built: frozenset[str]
    plugins_known: frozenset[str] = frozenset()
    find: Callable[[str], Klass] = _none
    klasses: tuple[str, ...] = ()
    klasses_known: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)
    default_name: str = "node"

    def klass(self, name: str) -> Klass:
        """Return what a klass name means, another node's included. Raises `UnknownKlass`."""
        return REMOTE_KLASSES.get(name) or self.find(name)

    def names(self) -> list[str]:
        """Return the klasses that a site may name without a module."""
        return sorted({*self.klasses, *REMOTE_KLASSES})
