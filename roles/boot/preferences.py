"""preferences.yaml: ports, frequencies, limits. Every key is optional; each default is the seed's."""

from typing import Annotated, ClassVar, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from roles.boot.loader_settings import LoaderSettings

LAST_PORT = 65535
NODE_NAME = r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$"
NAME_WORDS = "a name: a letter, then at most 63 letters, digits, `_`, `.` or `-`"

NodeName = Annotated[str, Field(pattern=NODE_NAME, description=NAME_WORDS)]
Host = Annotated[str, Field(pattern=r"^[A-Za-z0-9_.:%-]{1,255}$", description="an address or a host name")]
Port = Annotated[int, Field(ge=0, le=65535)]


def _beside(port: int, reply_port: int | None) -> int:
    """Return the reply socket's port.

    Raises:
        ValueError: there is no port after the last one, or both are the same.
    """
    if reply_port is None:
        reply_port = port + 1 if port else 0
    if reply_port > LAST_PORT:
        raise ValueError(f"port {port} has no port after it: give a reply_port too")
    if reply_port == port and port:
        raise ValueError(f"port and reply_port are both {port}")
    return reply_port


class Settings(BaseModel):
    """A closed, frozen set of keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class PublisherSettings(Settings):
    """A PUB socket and the REP socket beside it. Port 0: the system chooses."""

    port: Port = Field(5555, description="the PUB socket's port")
    host: Host = "0.0.0.0"  # noqa: S104  # read-only news, open by default as the seed has it
    reply_port: Port | None = Field(None, description="the REP socket's port; default: port + 1, or 0 if port is 0")

    @property
    def reply(self) -> int:
        """The REP socket's port, with its default worked out."""
        return _beside(self.port, self.reply_port)

    @model_validator(mode="after")
    def _has_room(self) -> "PublisherSettings":
        _beside(self.port, self.reply_port)
        return self


class DashboardSettings(PublisherSettings):
    """The dashboard's PUB and REP sockets."""

    port: Port = Field(8100, description="the PUB socket's port")


class AcquisitionSettings(Settings):
    """Where a data reduction node finds the acquisition node's news."""

    host: Host = "127.0.0.1"
    port: int = Field(5555, ge=1, le=65535, description="the PUB socket's port")
    reply_port: int | None = Field(None, ge=1, le=65535, description="the REP socket's port; default: port + 1")

    @property
    def reply(self) -> int:
        """The REP socket's port, with its default worked out."""
        return _beside(self.port, self.reply_port)

    @model_validator(mode="after")
    def _has_room(self) -> "AcquisitionSettings":
        _beside(self.port, self.reply_port)
        return self


class StatusMonitorSettings(Settings):
    """How often a remote line is asked for its words. Frequencies count ticks of `update_period`."""

    update_period: float = Field(1.0, ge=0.05, le=60, description="seconds between ticks")
    state_freq: int = Field(3, ge=1, le=3600, description="ticks between looks at the states")
    lock_freq: int = Field(5, ge=1, le=3600, description="ticks between looks at the locks")
    owner_freq: int = Field(5, ge=1, le=3600, description="ticks between looks at the owners")
    checksum_freq: int = Field(3, ge=1, le=3600, description="ticks between looks at the checksum")
    timeout: float = Field(2.0, ge=0.05, le=60, description="seconds after which a poll without an answer has failed")


class SupervisionSettings(Settings):
    """When a failing actor is started again, and when no more."""

    max_restarts: int = Field(5, ge=0, le=1000, description="restarts within the window before giving up")
    within: float = Field(60.0, ge=0.1, le=86400, description="the window, in seconds")
    hang_after: float = Field(15.0, ge=0.1, le=3600, description="seconds in one message that count as hanging")


class LineSettings(Settings):
    """How the extraction line reads its own table."""

    interlocks: Literal["symmetric", "as_listed"] = "symmetric"
    check_owner: bool = Field(True, description="whether a lease keeps others out")
    claim_valves: bool = Field(False, description="a script claims the valves that it moves, until its end")
    lease: int = Field(60, ge=1, le=3600, description="seconds that a lease outlives its session")


class DeadManSettings(Settings):
    """What happens when nobody is heard of any more. Armed by the first lease or monitor."""

    after: float = Field(30.0, ge=1, le=86400, description="seconds of silence")
    action: Literal["hold", "safe_state"] = "hold"


class WaterSettings(Settings):
    """The gauge of this node that shows the cooling water: a flow meter, or the input of a flow switch."""

    gauge: str = Field(min_length=1, description="its name")
    at_least: float = Field(0.5, description="what it has to show, in its own units; a switch shows 1 or 0")


class FurnaceSettings(Settings):
    """When a furnace controller switches its heater off by itself, and keeps it off until a person resets that."""

    over_temperature: float | None = Field(
        None, gt=0, le=3000, description="degrees Celsius; default: 50 over the highest set-point"
    )
    fastest: float | None = Field(None, gt=0, le=10000, description="degrees Celsius a minute that it may rise")
    blind: float = Field(10.0, ge=2, le=600, description="seconds without a reading while it may be heating")
    link_lost: float | None = Field(
        60.0, ge=5, le=86400, description="seconds in which nobody who looks after it is heard; null: for ever"
    )
    loop_break: float | None = Field(
        None, ge=10, le=86400, description="seconds at full output in which it has to become warmer; null: for ever"
    )
    ramp_step: float = Field(
        1.0, gt=0, le=100, description="degrees Celsius by which a ramp changes the set-point; each may wear a memory"
    )
    off_on_stop: bool = Field(True, description="whether an orderly stop switches the heater off first")
    water: WaterSettings | None = Field(None, description="without it nobody looks at the cooling water")


class RecorderSettings(Settings):
    """What is kept of what gauges and furnaces show: a CSV file a day."""

    enabled: bool = True
    folder: str = Field("data/readings", min_length=1, description="below the site, or an absolute path")
    every: float = Field(1.0, ge=0.1, le=3600, description="seconds between two rows of one gauge, at least")
    keep_days: int = Field(0, ge=0, le=36500, description="days after which a file is removed; 0: never")


class Preferences(Settings):
    """Everything in preferences.yaml but `server`, which lays under the server's own file."""

    NOT_YET: ClassVar[frozenset[str]] = frozenset({"console"})

    name: NodeName | None = Field(None, description=NAME_WORDS)
    cpu: Literal["auto", "none"] | Annotated[int, Field(ge=0, le=4095)] = "none"
    notifier: PublisherSettings = Field(default_factory=PublisherSettings)
    dashboard: DashboardSettings = Field(default_factory=DashboardSettings)
    status_monitor: StatusMonitorSettings = Field(default_factory=StatusMonitorSettings)
    supervision: SupervisionSettings = Field(default_factory=SupervisionSettings)
    acquisition: AcquisitionSettings = Field(default_factory=AcquisitionSettings)
    extraction_line: LineSettings = Field(default_factory=LineSettings)
    safe_state: dict[str, Literal["closed", "open", "hold"]] = Field(
        default_factory=dict, description="valves and where each is to stand, in the order of the steps"
    )
    safe_state_on_stop: bool = Field(False, description="whether an orderly stop goes there first")
    safe_state_limit: float = Field(10.0, ge=0.1, le=600, description="seconds that an orderly stop allows for it")
    dead_man: DeadManSettings = Field(default_factory=DeadManSettings)
    furnace: FurnaceSettings = Field(default_factory=FurnaceSettings)
    recorder: RecorderSettings = Field(default_factory=RecorderSettings)
    loader: LoaderSettings | None = Field(None, description="the sample loader of the furnace")
