"""What this program can start, handed in as data: the reader of files imports none of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from roles.boot.remote import RemoteExtractionLineManager, RemoteFurnaceManager

REMOTE_KLASSES: Mapping[str, type[BaseModel]] = {
    "RemoteExtractionLineManager": RemoteExtractionLineManager,
    "RemoteFurnaceManager": RemoteFurnaceManager,
}


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The names that a site may use.

    Attributes:
        plugins_built: plug-ins that can be started; plugins_known: those that will be.
        klasses: the settings model of every klass, remote ones included; klasses_known: those that will be.
        remote_klasses: the klasses that are other nodes; switchless: local ones that move no valves.
        instead: for a klass that is not built, what does its work.
        channel_problems: klass -> what is wrong with a channel of such a device, "" where nothing is.
        default_name: the node's name where preferences give none: the role's.
    """

    plugins_built: frozenset[str]
    plugins_known: frozenset[str] = frozenset()
    klasses: Mapping[str, type[BaseModel]] = field(default_factory=lambda: REMOTE_KLASSES)
    klasses_known: frozenset[str] = frozenset()
    remote_klasses: frozenset[str] = frozenset(REMOTE_KLASSES)
    switchless: frozenset[str] = frozenset()
    instead: Mapping[str, str] = field(default_factory=dict)
    channel_problems: Mapping[str, Callable[[str], str]] = field(default_factory=dict)
    default_name: str = "node"
