"""The settings that all devices share: what a file in `setupfiles/devices/` may say."""

from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, field_validator, model_validator

from hardware.links.address import parse_address


def _valid_address(text: str) -> str:
    parse_address(text)
    return text


Port = Annotated[str, AfterValidator(_valid_address)]
"""`tcp://host:port` or `serial:///dev/...?baud=...`; anything else is told what it should have been."""

Sense = Literal["relay_closed", "relay_open"]
"""What an open valve's relay does: it is closed (energised), or open (released)."""


class DeviceSettings(BaseModel):
    """One device file. Unknown keys and wrong types are errors.

    Attributes:
        name: the device's name in logs, errors and the tree.
        klass: which driver it gets.
        port: where it is: a `Port`.
        timeout: seconds to wait for the link to open and for each answer; over 0, at most 60.
        simulate: talk to the device's own simulator instead.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, defer_build=True)

    name: str = Field(min_length=1)
    klass: str
    port: Port
    timeout: float = Field(default=1.0, gt=0, le=60)
    simulate: bool = False


class ActuatorSettings(DeviceSettings):
    """A device that switches valves.

    Attributes:
        valve_opens_when: what an open valve's relay does; never guessed, since a wrong guess opens the line. None:
            every valve on it says so itself.
        poll: seconds between two looks at all channels; 0 = never, at most 3600.
    """

    valve_opens_when: Sense | None = None
    poll: float = Field(default=2.0, ge=0, le=3600)


class GaugeSettings(DeviceSettings):
    """A device that reads gauges.

    Attributes:
        gauges: names, as they are asked for, and the controller's channel of each: `{IG: "1"}`. No two names for one
            channel: one of them would be of a gauge that is somewhere else.
        poll: seconds between two looks at all of them; 0 = never, at most 3600.
    """

    gauges: dict[str, str] = Field(min_length=1)
    poll: float = Field(default=2.0, ge=0, le=3600)

    @field_validator("gauges")
    @classmethod
    def _names_each_gauge_once(cls, gauges: dict[str, str]) -> dict[str, str]:
        named: dict[str, str] = {}
        for name, channel in gauges.items():
            if not name:
                raise ValueError(f"the gauge on channel {channel!r} has no name")
            if channel in named:
                raise ValueError(f"{named[channel]} and {name} are both on channel {channel!r}")
            named[channel] = name
        return gauges


class TemperatureSettings(DeviceSettings):
    """A device that holds a temperature.

    Attributes:
        setpoint_min: lowest set-point that is sent, in degrees Celsius, at most 50; also where `heater_off` leaves it.
        setpoint_max: highest set-point that is sent, in degrees Celsius.
        reading_min: below it, in degrees Celsius, nothing is measured: the sensor is taken for broken.
        reading_max: likewise above it; a controller shows a huge number where its thermocouple is open.
    """

    setpoint_min: float = Field(default=0.0, ge=-200, le=50)
    setpoint_max: float = Field(default=1600.0, ge=-200, le=2000)
    reading_min: float = Field(default=-200.0, ge=-273.15, le=0)
    reading_max: float = Field(default=2300.0, ge=100, le=3000)

    @model_validator(mode="after")
    def _has_range(self) -> Self:
        if self.setpoint_min >= self.setpoint_max:
            raise ValueError(f"setpoint_min {self.setpoint_min:g} is not below setpoint_max {self.setpoint_max:g}")
        return self
