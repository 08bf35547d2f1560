"""What the valves file may name as an actuator or a state device."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from hardware.errors import BadChannel
from hardware.settings import Sense
from roles.boot.findings import Finding, nearest

ChannelProblem = Callable[[str], str]  # a channel as written -> what is wrong with it, or ""
SenseOf = Callable[[str], Sense | None]  # a channel -> what an open valve's relay does by the driver, if it knows that


@dataclass(frozen=True, slots=True)
class ActuatorNames:
    """The device files, as a valve sees them.

    Attributes:
        local: devices of this computer that switch valves; nodes: remote extraction lines.
        other: device files that exist but move no valves, with what they are; "": the file itself is wrong.
        judges: what is wrong with a channel of a local device, by its name, where it can be told.
        senses: what an open valve's relay does by the driver of a local device, by its name.
        opens_when: what an open valve's relay does, by local device, where its file says so.
        undecided: local devices whose file leaves that to each valve, with what is to be said where no valve does.
    """

    local: frozenset[str] = frozenset()
    nodes: frozenset[str] = frozenset()
    other: Mapping[str, str] = field(default_factory=dict)
    judges: Mapping[str, ChannelProblem] = field(default_factory=dict)
    senses: Mapping[str, SenseOf] = field(default_factory=dict)
    opens_when: Mapping[str, str] = field(default_factory=dict)
    undecided: Mapping[str, Finding] = field(default_factory=dict)

    def unknown(self, name: str, known: frozenset[str]) -> str:
        """Return what is wrong with a name that is none of the `known`; "" where its file is wrong and said so."""
        if name not in self.other and name not in self.local | self.nodes:
            hint = nearest(name, known) or f", expected one of {', '.join(sorted(known)) or 'none: no device file'}"
            return f"no device file is named {name!r}{hint}"
        if name in self.other:
            return f"{name} is a {self.other[name]}: it moves no valves" if self.other[name] else ""
        what = "another node" if name in self.nodes else "a device of this computer"
        return f"{name} is {what}, expected one of {', '.join(sorted(known)) or 'none: there is no such device file'}"

    def bad_channel(self, name: str, channel: str) -> str:
        """Return what is wrong with a channel of a local device, "" where nothing is, or nobody can tell."""
        return self.judges[name](channel) if name in self.judges else ""

    def sense(self, name: str, channel: str) -> Sense | None:
        """Return what an open valve's relay does by the driver of a local device; None: it does not know, or care."""
        try:
            return self.senses[name](channel) if name in self.senses else None
        except BadChannel:
            return None  # it has no such channel, and that is said
