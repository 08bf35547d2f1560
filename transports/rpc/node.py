"""Where another node is: as the site says, and as it is told later."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from transports.rpc.tls import Tunnel

Framing = Literal["auto", "braced", "plain"]


@dataclass(frozen=True)
class NodeSettings:
    """Where a node is, and who is told of it.

    Attributes:
        port: 0: not known yet, until a `Moved`.
        timeout_s: seconds without an answer after which a connection is dropped (the seed: 2; for a furnace 5).
        line: path of the extraction line that its valves belong to; "": it has none.
        monitor, subscriber: paths that are told where its boot and its news are; "": none.
        fingerprint: of this site, told in Hello.
        framing: "auto": it is found out; "braced" and "plain" pin it.
        said_hello: it has said HELLO in an earlier life of this process, so it is no plain peer.
        valves: those that this site's own file gives it -> seconds that a valve's own delays may add to a move.
        dig: makes the TLS of a connection to a host; None: it speaks without.
    """

    name: str
    host: str
    port: int
    timeout_s: float = 2.0
    line: str = ""
    monitor: str = ""
    subscriber: str = ""
    fingerprint: str = "-"
    framing: Framing = "auto"
    said_hello: bool = False
    valves: Mapping[str, float] = field(default_factory=dict)
    dig: Callable[[str], Tunnel] | None = None


@dataclass(frozen=True, slots=True)
class Moved:
    """The node is somewhere else now: the lab's child process came back on another port."""

    host: str
    port: int
