"""preferences.yaml's `loader`: the funnel, the magnets and the feeder of a furnace, and what a dump needs."""

from typing import Self

from pydantic import BaseModel, ConfigDict, Field, model_validator


class _Settings(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class FunnelSettings(_Settings):
    """A drive with two places, or a valve: open is down."""

    valve: str | None = Field(None, min_length=1, description="the valve that is the funnel; open is down")
    drive: str | None = Field(None, min_length=1, description="the drive that is the funnel")
    up: float | None = Field(None, description="where the drive is up, in its units")
    down: float | None = Field(None, description="where the drive is down, in its units")
    tolerance: float | None = Field(None, gt=0, description="how near is there; default: as the drive's file says")

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.valve is None) is (self.drive is None):
            raise ValueError("expected a drive or a valve, and not both")
        places = (self.up, self.down, self.tolerance)
        if self.valve is not None and any(place is not None for place in places):
            raise ValueError("a valve has no up, down or tolerance: it is open or closed")
        if self.drive is not None and (self.up is None or self.down is None):
            raise ValueError("a drive needs up and down")
        return self


class MagnetsSettings(_Settings):
    """Valves whose relays are the magnets: open is energised."""

    valve: str | None = Field(None, min_length=1, description="the only magnet")
    valves: tuple[str, ...] = Field((), description="several magnets, in the order of their being energised")

    @property
    def names(self) -> tuple[str, ...]:
        """The valves, in their order."""
        return self.valves if self.valve is None else (self.valve,)

    @model_validator(mode="after")
    def _is_one_of_two(self) -> Self:
        if (self.valve is None) is not bool(self.valves):
            raise ValueError("expected a valve, or valves in their order, and not both")
        if len(set(self.valves)) < len(self.valves):
            raise ValueError("a magnet is named twice")
        return self


class FeederSettings(_Settings):
    """The drive that brings the samples, and its places by name."""

    drive: str = Field(min_length=1, description="the drive that is the feeder")
    positions: dict[str, float] = Field(default_factory=dict, description="its places by name, in its units")


class DumpSettings(_Settings):
    """What has to be so for a dump, and how long its steps take."""

    magnets_s: float = Field(3.0, ge=0.1, le=60, description="seconds for which each magnet is energised")
    hottest: float = Field(200.0, gt=0, le=3000, description="degrees Celsius: nothing is dumped into a hotter furnace")
    closed: tuple[str, ...] = Field((), description="valves that have to be closed")
    open: tuple[str, ...] = Field((), description="valves that have to be open")
    step_s: float = Field(30.0, ge=0.5, le=600, description="seconds that another step may take")


class LoaderSettings(_Settings):
    """The sample loader of the furnace of this node."""

    funnel: FunnelSettings
    magnets: MagnetsSettings
    feeder: FeederSettings | None = None
    dump: DumpSettings = Field(default_factory=DumpSettings)
