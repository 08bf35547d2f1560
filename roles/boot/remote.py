"""Device files that describe another node: how the acquisition computer reaches a controller."""

from typing import Literal

from pydantic import Field, model_validator

from roles.boot.preferences import LAST_PORT, NAME_WORDS, NODE_NAME, Host, Settings
from roles.boot.tls_settings import NodeTlsSettings


class RemoteManager(Settings):
    """What the device files of all remote nodes have in common."""

    name: str = Field(pattern=NODE_NAME, description=NAME_WORDS)
    host: Host = Field(description="the node's address")
    port: int = Field(1061, ge=1, le=65535, description="its command server's TCP port")
    notify_port: int = Field(5555, ge=1, le=65535, description="its notifier's PUB port")
    reply_port: int | None = Field(
        None, ge=1, le=65535, description="its notifier's REP port; default: notify_port + 1"
    )
    framing: Literal["auto", "braced", "plain"] = Field(
        "auto", description="how it is spoken to: found out, or pinned; plain: a real Pychron server"
    )
    tls: NodeTlsSettings | None = Field(None, description="certificate, key and ca, where the node's listener asks")

    @property
    def reply(self) -> int:
        """Its notifier's REP port, with its default worked out."""
        return self.notify_port + 1 if self.reply_port is None else self.reply_port

    @model_validator(mode="after")
    def _has_room(self) -> "RemoteManager":
        if self.reply > LAST_PORT:
            raise ValueError(f"notify_port {self.notify_port} has no port after it: give a reply_port too")
        return self


class RemoteExtractionLineManager(RemoteManager):
    """A valve controller."""

    klass: Literal["RemoteExtractionLineManager"]
    timeout: float = Field(2.0, ge=0.05, le=600, description="seconds to wait for a reply, plus a valve's own delays")


class RemoteFurnaceManager(RemoteManager):
    """A furnace controller."""

    klass: Literal["RemoteFurnaceManager"]
    timeout: float = Field(5.0, ge=0.05, le=600, description="seconds to wait for a reply")
