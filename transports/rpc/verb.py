"""What a verb is: its arguments, whom it asks, how its answer reads. Pure."""

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from actors.messages import Query, Request
from transports.rpc.answers import Peer

Build = Callable[[tuple[str, ...], Request], Any]  # makes the message that is told to the service
Answer = Callable[[Any, tuple[str, ...], Peer], str]  # makes the reply from the value that the line answers


@dataclass(frozen=True, slots=True)
class Verb:
    """One command.

    Attributes:
        name: as it stands on the wire, case sensitive.
        args: names of its arguments; `[x]` may be left out, `x...` takes any number.
        service: path of the actor that is told, or HERE.
        summary: what it does, for `--commands` and `Describe`.
        moves: it changes hardware or durable state: remembered by its id, journaled, never repeated blindly.
        keys: what a JSON request calls the arguments.
        whole: what it may call all of them in one text, as they stand on the wire; "": nothing.
        build: makes the message for the service.
        answer: makes the reply from the value that the service answers, such as the line's picture; from its whole
            outcome where that has no value.
        separators: what stands between its arguments: any one of these, usually the last.
        fewest, most: how many arguments it takes; worked out from `args`.
    """

    name: str
    args: tuple[str, ...]
    service: str
    summary: str
    moves: bool = False
    keys: tuple[str, ...] = ("value",)
    build: Build | None = None
    answer: Answer | None = None
    separators: str = ","
    whole: str = ""
    fewest: int = field(init=False, default=0)
    most: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        any_number = any("..." in name for name in self.args)
        object.__setattr__(self, "fewest", sum(not name.startswith("[") for name in self.args))
        object.__setattr__(self, "most", sys.maxsize if any_number else len(self.args))

    @property
    def usage(self) -> str:
        """Return how it is written: `Claim valve[,seconds]`."""
        mark = self.separators[-1]
        return f"{self.name} {mark.join(self.args)}".strip().replace(f"{mark}[", f"[{mark}")

    def fits(self, count: int) -> bool:
        """Return whether it takes this many arguments."""
        return self.fewest <= count <= self.most


def named(
    service: str,
    name: str,
    summary: str,
    args: tuple[str, ...] = (),
    *,
    moves: bool = False,
    keys: tuple[str, ...] = (),
    whole: str = "",
) -> Verb:
    """Return a verb that asks `service` with a `Query` of its own name. `keys`: its arguments' names, if not given."""
    return Verb(
        name, args, service, summary, moves, keys=keys or tuple(arg.strip("[]") for arg in args) or ("value",),
        whole=whole,
        build=lambda given, request: Query(name, given, request),
    )  # fmt: skip
