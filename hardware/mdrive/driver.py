"""`MDrive`: one motor with MCode, alone on its line or one of several in party mode; usually 9600 baud 8N1."""

import time
from collections.abc import Sequence
from typing import ClassVar, Literal

from pydantic import Field

from hardware.drive import DriveReading
from hardware.drive_device import DriveDevice, DriveSettings
from hardware.errors import DeviceError, DeviceRefused
from hardware.exchange import Exchange
from hardware.mdrive import codec
from hardware.sharing import Parts

HOMED = 4711  # in the register that tells whether the position is one
PAUSE_S = 0.02  # between two looks while something is waited for


class MDriveSettings(DriveSettings):
    """Settings of an `MDrive`.

    Attributes:
        address: its name in party mode (`DN`, with `PY=1`): one letter or digit. None: it is alone on its line.
        echo: its echo mode, 1 or 2: with 1 it acknowledges what it is told by an empty line, with 2 it does not. It is
            looked at whenever the link is opened, and never changed from here.
        encoder: `EE=1`: positions are counted by the encoder, and a stall is found. Looked at likewise: the steps of a
            unit are others with it. Without it nobody knows whether the shaft has followed. None (`~`): of a model
            that has none, and knows neither `EE` nor `ST` (a guess): it is not asked for them.
        home_register: one of its user registers, `R1` to `R4`, that no program of its own uses: `SetHome` writes a mark
            into it, and as long as that is there the position is believed. That a register is 0 after the power was
            off, unless it was saved with `S`, is a guess. None (`~`): the position is always believed, also that 0
            which a drive shows that has just been switched on.
    """

    klass: Literal["MDrive"]
    address: str | None = Field(default=None, pattern="^[A-Za-z0-9]$")
    echo: Literal[1, 2] = 1
    encoder: bool | None = True
    home_register: Literal["R1", "R2", "R3", "R4"] | None = "R4"


class MDrive(DriveDevice):
    """See `DriveDriver`. Source: IMS, MCode Programming and Software Reference; MForce Hardware Manual, 2.3 (framing).

    What is acknowledged is not believed: a move has begun when the moving flag is set, or the position is the one that
    it was sent to. A move whose answer is lost is unknown, and is never sent again.

    Guesses, from what others' programs do: that several variables can be asked for in one line; that the moving flag is
    set by the time at which the next question is answered, or soon after; that `ST=0` ends a stall; that an empty line
    may come before a reply in echo mode 1 (it is passed over).
    """

    settings_model = MDriveSettings
    terminator = codec.TERMINATOR
    simulator: ClassVar[str] = "hardware.mdrive.simulator:MDriveSimulator"

    def __init__(self, settings: MDriveSettings, exchange: Exchange | None, channels: Sequence[str] = ()) -> None:
        super().__init__(settings, exchange, channels)
        self.exchange.on_open = self._greet

    @classmethod
    def parts(cls, settings: MDriveSettings, _channels: Sequence[str]) -> Parts | None:
        """Return its address; see `hardware.sharing.parts_of`."""
        return None if settings.address is None else {f"address {settings.address}": settings.name}

    def read(self) -> DriveReading:
        """See `DriveDriver.read`; one question."""
        register = self.settings.home_register
        asked = [*codec.LOOK, *([codec.STALLED] if self.settings.encoder else []), *([register] if register else [])]
        with self.exchange.transaction():
            told = dict(zip(asked, self._ask(*asked), strict=True))
            known = not register or told[register] == HOMED
            return DriveReading(
                self.to_units(told["P"]) if known else None,
                codec.decode_flag(told["MV"], "MV"),
                codec.decode_flag(told.get(codec.STALLED, 0), codec.STALLED),
            )

    def move_to(self, position: float, velocity: float | None = None) -> None:
        """See `DriveDriver.move_to`."""
        self.check_position(position)
        velocity = self.check_velocity(velocity)
        with self.exchange.transaction():
            before = self.read()
            self.located(before)
            self._check_free(before)
            if velocity is not None:
                self._set_velocity(velocity)
            self._tell(codec.move_to(self.to_steps(position)))
            self._see_it_begin(position)

    def slew(self, velocity: float) -> None:
        """See `DriveDriver.slew`."""
        steps_per_s = self.to_steps(velocity)
        if not steps_per_s:
            raise ValueError(f"a slew of {velocity:g} {self.settings.units}/s is none: stop it instead")
        with self.exchange.transaction():
            self._check_free(self.read())
            self._tell(codec.slew(steps_per_s))
            self._see_it_begin(None)

    def stop(self) -> None:
        """See `DriveDriver.stop`; waits for one timeout at most until it stands."""
        until = time.monotonic() + self.settings.timeout
        with self.exchange.transaction():
            self._tell(codec.slew(0))
            while (reading := self.read()).moving:
                if time.monotonic() > until:
                    raise DeviceRefused(f"it was told to stop, and still moves after {self.settings.timeout:g} s")
                time.sleep(PAUSE_S)
            if reading.stalled:
                self._tell(codec.assign(codec.STALLED, 0))
                if self.read().stalled:
                    raise DeviceRefused("it was told to forget that it had stalled, and still says so")

    def set_home(self) -> None:
        """See `DriveDriver.set_home`."""
        home, register = self.settings.home, self.settings.home_register
        with self.exchange.transaction():
            self._check_still(self.read())
            self._tell(codec.assign("P", self.to_steps(home)))
            if register:
                self._tell(codec.assign(register, HOMED))
            after = self.read()
            if not self.is_at(after, home):
                raise DeviceRefused(f"it was told that it is home, and shows {after.position}; {self._error()}")

    def identify(self) -> str:
        """See `Device.identify`: with its firmware."""
        with self.exchange.transaction():
            version = codec.decode_text(self._line(codec.ask(codec.VERSION)))
            return f"{super().identify()}, firmware {version}"

    # --- on the wire --------------------------------------------------------------------------------------

    def _greet(self) -> None:
        """Look whether it is set up as its file says. Raises `DeviceRefused`."""
        wanted = {codec.ECHO: int(self.settings.echo)}
        if self.settings.encoder is not None:
            wanted[codec.ENCODER] = int(self.settings.encoder)
        for name, told in zip(wanted, self._ask(*wanted), strict=True):
            if told != wanted[name]:
                raise DeviceRefused(f"its {name} is {told}, and its file says {wanted[name]}")

    def _check_free(self, reading: DriveReading) -> None:
        self._check_still(reading)
        if reading.stalled:
            raise DeviceRefused("it has stalled: StopDrive ends that, when somebody has looked why")

    def _check_still(self, reading: DriveReading) -> None:
        if reading.moving:
            raise DeviceRefused("it is moving")

    def _set_velocity(self, velocity: float) -> None:
        steps_per_s = abs(self.to_steps(velocity))
        self._tell(codec.assign(codec.VELOCITY, steps_per_s))
        [kept] = self._ask(codec.VELOCITY)
        if kept != steps_per_s:
            raise DeviceRefused(f"velocity {steps_per_s} steps/s was not taken, it is {kept}; {self._error()}")

    def _see_it_begin(self, position: float | None) -> None:
        """Return when it moves, or is where it was sent to; within one timeout. Raises `DeviceRefused`."""
        until = time.monotonic() + self.settings.timeout
        while True:
            reading = self.read()
            if reading.moving or (position is not None and self.is_at(reading, position)):
                return
            if reading.stalled or time.monotonic() > until:
                stalled = "it has stalled" if reading.stalled else "it was told to move, and stands still"
                raise DeviceRefused(f"{stalled} at {reading.position} {self.settings.units}; {self._error()}")
            time.sleep(PAUSE_S)

    def _error(self) -> str:
        """Return what it says of its last error."""
        try:
            return codec.decode_error(*self._ask(codec.ERROR))
        except DeviceError as problem:
            return f"its error could not be read ({problem})"

    def _tell(self, command: str) -> None:
        data = codec.encode(self.settings.address, command)
        if self.settings.echo == 1:
            self.exchange.ask(data, acts=True)  # an empty line, or `?`: what became of it is asked for
        else:
            self.exchange.send(data)

    def _ask(self, *variables: str) -> list[int]:
        with self.exchange.transaction():
            return codec.decode_numbers(self._line(codec.ask(*variables)), variables)

    def _line(self, command: str) -> bytes:
        return self.exchange.ask(codec.encode(self.settings.address, command), accept=_is_no_blank)


def _is_no_blank(line: bytes) -> bool:
    return bool(line.strip())
