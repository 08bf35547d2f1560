"""servers/remote_command_server.yaml: the listener on TCP 1061; and every further listener beside it."""

import ipaddress
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from roles.boot.preferences import Host, Port, Settings
from roles.boot.tls_settings import TlsSettings


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
    """A command server's listener. Loopback unless told otherwise: without `tls` there is no authentication."""

    port: Port = Field(1061, description="TCP port; 0: the system chooses")
    host: Host = "127.0.0.1"
    allow: tuple[Annotated[str, AfterValidator(_network)], ...] = Field(
        (), description="addresses and networks that may command; empty: everybody"
    )
    framing: tuple[Literal["braced", "plain", "bare_length"], ...] = Field(("braced", "plain"), min_length=1)
    compat: Literal["none", "pychron"] = "none"
    read_only: bool = Field(False, description="answer questions, move nothing")
    tls: TlsSettings | None = Field(None, description="certificate, key and ca: who has no certificate is refused")
    max_connections: int = Field(256, ge=1, le=65536, description="connections at a time")
    max_message: int = Field(
        65535, ge=4096, le=65535, description="bytes of a message; another node asks for a checksum by all its names"
    )
    max_rate: int = Field(
        20_000, ge=50, le=1_000_000, description="messages a second of one client; a node that comes up asks for all"
    )
    max_unsent: int = Field(
        1_048_576, ge=65_536, le=1 << 30, description="bytes of replies that a client leaves unread"
    )
    handshake_timeout: float = Field(10.0, ge=0.1, le=3600, description="seconds until the first message is whole")
    idle_timeout: float = Field(
        600.0, ge=5, le=604800, description="seconds without a message before a close; another node asks every 2 s"
    )
