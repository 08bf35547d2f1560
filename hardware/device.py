"""What a `klass:` names: a class with its settings, its wire and its simulator. The base of every driver."""

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import structlog

from hardware.errors import BadChannel, BadReply, DeviceRefused, SensorBroken
from hardware.exchange import Exchange
from hardware.gauge import Reading
from hardware.settings import ActuatorSettings, DeviceSettings, GaugeSettings, Sense, TemperatureSettings
from hardware.temperature import Pid

MOST_OUTPUT_PERCENT = 100.5  # either way; half a percent is rounding
OUTPUT_READINGS = 20  # after a command to stop heating; one takes 20 ms or more on a serial line, a loop 100 ms


class Device:
    """A driver. One is made for each life of the actor that uses it, as `Klass(settings, exchange, channels)`.

    Its methods may block for the device's timeout; one thread at a time uses it. Making one sends nothing.

    Attributes:
        settings_model: what its file may say, a class of `hardware.settings.DeviceSettings`.
        terminator: what ends a reply; b"": it has no wire of ours, so no exchange.
        simulator: where its simulator is: `package.module:Class`, made without arguments, or with the keyword `clock`
            (seconds) if it takes that; "": it has none.
        hears_out: its answers do not tell which question they belong to: after one that never came everything is
            thrown away for one more timeout.
        addressed_by: which of its settings is its address on a line that others may be on as well; "": it needs its
            port for itself. See `hardware.sharing`.
        speaks: the protocol on its line, if klasses of other packages speak it too, such as "modbus".
        holds: what of this computer a device without a port uses, which another file may name as well; "": nothing.
        settings: what its file says.
        channels: the addresses that the site uses of it.
    """

    settings_model: ClassVar[type[DeviceSettings]] = DeviceSettings
    terminator: ClassVar[bytes] = b"\n"
    simulator: ClassVar[str] = ""
    hears_out: ClassVar[bool] = True
    addressed_by: ClassVar[str] = ""
    speaks: ClassVar[str] = ""
    holds: ClassVar[str] = ""

    def __init__(self, settings: Any, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        self.settings = settings  # Any: each klass has its own
        self.channels = tuple(dict.fromkeys(channels))
        self._exchange = exchange
        for channel in self.channels:
            self.check_channel_of(settings, channel)

    @property
    def exchange(self) -> Exchange:
        """The wire. Raises `ValueError` where there is none."""
        if self._exchange is None:
            raise ValueError(f"{type(self).__name__} {self.settings.name} has no wire")
        return self._exchange

    @classmethod
    def check_channel(cls, channel: str) -> None:
        """Return if some device of this klass can have such a channel. Raises `BadChannel`."""
        if not channel:
            raise BadChannel("an empty channel")

    @classmethod
    def check_channel_of(cls, settings: Any, channel: str) -> None:  # noqa: ARG003 - of any settings, as a rule
        """Return if a device with these settings has such a channel; looked at when the site is read. `BadChannel`."""
        cls.check_channel(channel)

    def identify(self) -> str:
        """Read who the device says it is; of one that cannot say it, its klass. Raises `DeviceError`."""
        return type(self).__name__


class ActuatorDevice(Device):
    """An `hardware.actuator.ActuatorDriver` to derive from: `set` and `read` are all that is missing.

    Attributes:
        whys: of the last look, channel to why it was in no state.
    """

    settings_model: ClassVar[type[DeviceSettings]] = ActuatorSettings
    has_readback = True
    disturbs_on_open = False

    def __init__(self, settings: Any, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.whys: dict[str, str] = {}
        self._log = structlog.get_logger(device=settings.name)

    @classmethod
    def opens_when(cls, settings: Any, channel: str) -> Sense | None:  # noqa: ARG003 - nothing, as a rule
        """Return what an open valve's relay does by the driver itself; None: it knows relays, and nothing of valves.

        One that says `open` to its device, or is told where a valve is, makes relays of that by this sense. So a valve
        may not have another: it would be told open where it is closed. Looked at when the site is read.
        """
        return None

    def set(self, channel: str, energised: bool) -> None:
        """See `ActuatorDriver.set`."""
        raise NotImplementedError

    def read(self, channel: str) -> bool:
        """See `ActuatorDriver.read`."""
        raise NotImplementedError

    def read_all(self) -> dict[str, bool]:
        """See `ActuatorDriver.read_all`; one channel after the other, where the device has no better way."""
        return {channel: self.read(channel) for channel in self.channels}

    def states(self, seen: Mapping[str, bool | str]) -> dict[str, bool]:
        """Return the states of what was seen: channel to energised, or to why it is in no state; see `whys`."""
        whys = {channel: why for channel, why in seen.items() if isinstance(why, str)}
        if whys != self.whys:
            self._log.warning("device.no_state", channels=whys)
        self.whys = whys
        return {channel: state for channel, state in seen.items() if not isinstance(state, str)}

    def identify(self) -> str:
        """See `Device.identify`: it is there if it can be read."""
        if self.has_readback and self.channels:
            self.read(self.channels[0])
        return super().identify()


class GaugeDevice(Device):
    """A `hardware.gauge.GaugeDriver` to derive from: `read` is all that is missing.

    Without `channels` it has those of its settings' `gauges`.
    """

    settings_model: ClassVar[type[DeviceSettings]] = GaugeSettings
    units = "mbar"

    def __init__(self, settings: Any, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels or tuple(settings.gauges.values()))

    def units_of(self, channel: str) -> str:  # noqa: ARG002 - the same on all, as a rule
        """See `GaugeDriver.units_of`."""
        return self.units

    def read(self, channel: str) -> Reading:
        """See `GaugeDriver.read`."""
        raise NotImplementedError

    def read_all(self) -> dict[str, Reading]:
        """See `GaugeDriver.read_all`; one channel after the other, where the device has no better way."""
        return {channel: self.read(channel) for channel in self.channels}

    def identify(self) -> str:
        """See `Device.identify`: it is there if it can be read."""
        if self.channels:
            self.read(self.channels[0])
        return super().identify()


class AskedUnitsDevice(GaugeDevice):
    """A `GaugeDevice` that is asked for its units; `ask_units` and `ask_reading` are all that is missing.

    Its settings have `units`: of its readings; None: it is asked before each of them.
    """

    units = ""

    def __init__(self, settings: Any, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.units = settings.units or ""

    def read(self, channel: str) -> Reading:
        """See `GaugeDriver.read`; in `units`."""
        self.check_channel(channel)
        with self.exchange.transaction():
            self.learn_units()
            return self.ask_reading(channel)

    def read_all(self) -> dict[str, Reading]:
        """See `GaugeDriver.read_all`; all in the same units, one after the other."""
        with self.exchange.transaction():
            self.learn_units()
            return {channel: self.ask_reading(channel) for channel in self.channels}

    def learn_units(self) -> None:
        """Ask for the units, unless its file names them."""
        if self.settings.units is None:
            self.units = self.ask_units()

    def ask_units(self) -> str:
        """Return the units that it tells, within a transaction."""
        raise NotImplementedError

    def ask_reading(self, channel: str) -> Reading:
        """Return what one channel shows, within a transaction; its units are known."""
        raise NotImplementedError


class TemperatureDevice(Device):
    """A `hardware.temperature.TemperatureController` to derive from; the first four are what one must have."""

    settings_model: ClassVar[type[DeviceSettings]] = TemperatureSettings
    proportional_units = ""

    def read_temperature_c(self) -> float:
        """See `TemperatureController.read_temperature_c`."""
        raise NotImplementedError

    def read_setpoint_c(self) -> float:
        """See `TemperatureController.read_setpoint_c`."""
        raise NotImplementedError

    def set_setpoint_c(self, setpoint_c: float) -> None:
        """See `TemperatureController.set_setpoint_c`; begins with `check_setpoint`."""
        raise NotImplementedError

    def read_output_percent(self) -> float:
        """See `TemperatureController.read_output_percent`."""
        raise NotImplementedError

    def read_pid(self) -> Pid:
        """See `TemperatureController.read_pid`; `DeviceRefused` where the driver cannot."""
        raise DeviceRefused(f"a {type(self).__name__} does not tell its PID", self.settings.name)

    def set_pid(self, pid: Pid) -> None:
        """See `TemperatureController.set_pid`; `DeviceRefused` where the driver cannot."""
        raise DeviceRefused(f"a {type(self).__name__} takes no PID: {pid}", self.settings.name)

    def heater_off(self) -> None:
        """See `TemperatureController.heater_off`; the set-point is all there is, where the device has no better way."""
        self.lower_setpoint()
        self.check_output_is_off()

    def lower_setpoint(self) -> None:
        """Write the lowest set-point: a step of `heater_off`."""
        self.set_setpoint_c(self.settings.setpoint_min)

    def heater_on(self) -> None:
        """See `TemperatureController.heater_on`; nothing to do where `heater_off` only lowers the set-point."""

    def check_setpoint(self, setpoint_c: float) -> None:
        """Return if the set-point, in degrees Celsius, may be sent. Raises `ValueError`."""
        lowest, highest = self.settings.setpoint_min, self.settings.setpoint_max
        if not lowest <= setpoint_c <= highest:
            raise ValueError(f"set-point {setpoint_c:g} C: expected {lowest:g} to {highest:g} C")

    def check_reading(self, measured_c: float) -> float:
        """Return what was measured, in degrees Celsius. Raises `SensorBroken` for what no sensor can measure."""
        lowest, highest = self.settings.reading_min, self.settings.reading_max
        if not lowest <= measured_c <= highest:
            raise SensorBroken(f"it shows {measured_c:g} C: expected {lowest:g} to {highest:g} C", self.settings.name)
        return measured_c

    def check_output(self, percent: float) -> float:
        """Return an output, in percent, below 0 where it cools. Raises `BadReply` for what is beyond -100 to 100."""
        if not abs(percent) <= MOST_OUTPUT_PERCENT:  # no number is not
            raise BadReply(f"its output is {percent:g} %: expected -100 to 100 %", self.settings.name)
        return percent

    def check_output_is_off(self) -> None:
        """Return as soon as the output is 0, or cools; `DeviceRefused` where it is not after `OUTPUT_READINGS`."""
        for _ in range(OUTPUT_READINGS):
            percent = self.read_output_percent()
            if percent <= 0:
                return
        raise DeviceRefused(f"it was told to stop heating, and its output is still {percent:g} %", self.settings.name)

    def identify(self) -> str:
        """See `Device.identify`: it is there if it tells how warm it is, or that it cannot measure that."""
        try:
            return f"{super().identify()}, {self.read_temperature_c():g} C"
        except SensorBroken as broken:
            return f"{super().identify()}, {broken.what}"
