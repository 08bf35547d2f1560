"""What a node connection is to its parts: how each speaks to the far end, and what it may ask of the actor."""

from collections.abc import Callable
from typing import Any, Protocol

from actors.actor import Context
from actors.loop import Loop
from transports.rpc.frames import Form
from transports.rpc.node import NodeSettings
from transports.rpc.standing import Standing
from transports.rpc.tidings import Tidings


class Host(Protocol):
    """The node connection, as its parts see it. All of it on the loop."""

    path: str
    context: Context
    node: str  # the name of this node, which greets
    loop: Loop
    log: Any  # structlog's own, which has no type
    settings: NodeSettings
    standing: Standing
    tidings: Tidings

    def tell_path(self, path: str, message: Any) -> bool:
        """Tell whoever has a path."""

    def soon(self, action: Callable[[], None]) -> None:
        """Run an action as the actor's next message: what it raises is the actor's failure."""

    def after(self, delay_s: float, action: Callable[[], None]) -> None:
        """Run an action as a message of the actor, so many seconds later."""

    def lose(self, why: str) -> None:
        """Say that the node is down: whoever waits is told, its valves are unknown; it is tried again."""

    def rise(self, manner: str = "", **more: object) -> None:
        """Say that the node is up, and how it is spoken to. `more`: for the log."""

    def is_plain(self, form: Form, why: str) -> None:
        """Say that the node does not speak HELLO: it is to be spoken to in that form, if it may be."""

    def is_hello(self) -> None:
        """Say that the node speaks HELLO after all."""


class Peer(Protocol):
    """One way to speak to the far end."""

    @property
    def boot(self) -> str:
        """The far end's life, while it is up."""

    @property
    def round_trip_ms(self) -> float | None:
        """How long a question and its answer took last."""

    def connect(self) -> None:
        """Begin to connect, unless that is going on."""

    def take(self, message: Any) -> None:
        """Carry out an errand: it is answered once, whatever becomes of it."""

    def keep_alive(self) -> None:
        """See whether it is still there, if nothing else tells."""

    def announce(self) -> None:
        """Tell again what is known of it."""

    def down(self, why: str) -> None:
        """Break off: whoever waits is told."""

    def end(self, why: str) -> None:
        """Break off for good: whoever waits is told, whatever it waits for."""

    def leave(self, why: str) -> None:
        """Break off in order: the far end is told goodbye, whoever waits why."""
