"""servers/remote_command_server.yaml: the listener on TCP 1061."""

import ipaddress
from typing import Annotated, ClassVar, Literal

from pydantic import AfterValidator, Field

from roles.boot.preferences import Host, Port, Settings


def _network(text: str) -> str:
    """Return an address or network in its usual form.

    Raises:
        ValueError: it is neither, or has bits set outside its mask.
    """
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        try:
            meant = ipaddress.ip_network(text, strict=False)
        except ValueError:
            raise ValueError(f"expected an address or a network such as 192.168.1.0/24, got {text!r}") from None
        raise ValueError(f"{text!r} is an address with a mask, did you mean {meant}?") from None


class RemoteCommandServerSettings(Settings):
    """The command server's listener. Loopback unless told otherwise: there is no authentication."""

    NOT_YET: ClassVar[frozenset[str]] = frozenset({"tls", "read_only"})

    port: Port = Field(1061, description="TCP port; 0: the system chooses")
    host: Host = "127.0.0.1"
    allow: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="addresses and networks that may command; empty: everybody"
    )
    framing: tuple[Literal["braced", "plain"], ...] = Field(("braced", "plain"), min_length=1)
    compat: Literal["none", "pychron"] = "none"
    max_connections: int = Field(256, ge=1, le=65536, description="connections at a time")
    idle_timeout: float = Field(600.0, ge=1, le=604800, description="seconds of silence before a close")
