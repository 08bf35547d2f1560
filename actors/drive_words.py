"""What a drive is asked and told: each word does one thing with it, and returns what is answered."""

from collections.abc import Callable
from dataclasses import dataclass

from actors.drive_motion import Jitter, Motion
from actors.messages import Reason
from hardware.drive import DriveDriver, DriveReading
from hardware.drive_device import DriveSettings
from hardware.numerals import argument, number

OK, FALSE = "OK", "False"
STEPS = "steps"
LONGEST_PAUSE_S = 60.0
PAUSE_S = 0.1  # at each end of a jitter, where none is given
Args = tuple[str, ...]
_STOPS = frozenset({"StopDrive", "StopJitter"})


@dataclass(frozen=True, slots=True)
class Told:
    """What a word is answered with; `refused`: why nothing was begun, or None."""

    text: str
    refused: Reason | None = None


Do = Callable[[Args, DriveReading], Told]


class Words:
    """The vocabulary. Raises what the driver raises, and `ValueError` for an argument that is none.

    Each word is given what the drive showed right before it.

    Attributes:
        moves: the names of those that change something. What `ends` says yes to is done by `stop`, however late it is,
            and without a look at the drive before it.
    """

    def __init__(self, driver: DriveDriver, settings: DriveSettings, motion: Motion) -> None:
        self._driver, self._settings, self._motion = driver, settings, motion
        asks: dict[str, Do] = {
            "GetPosition": self._position,
            "read": self._position,
            "Moving": lambda _, reading: Told(OK if reading.moving else FALSE),
            "Stalled": lambda _, reading: Told(OK if reading.stalled else FALSE),
        }
        tells: dict[str, Do] = {
            "MoveAbsolute": self._move_absolute,
            "set": self._move_absolute,
            "MoveRelative": self._move_relative,
            "SetHome": self._set_home,
            "StopDrive": lambda *_: self.stop(),
            "Slew": self._slew,
            "StartJitter": self._start_jitter,
            "StopJitter": lambda *_: self.stop(),
        }
        self.moves = frozenset(tells)
        self._all = asks | tells

    def find(self, word: str) -> Do | None:
        """Return what a word does; None: there is no such word."""
        return self._all.get(word)

    def ends(self, word: str, args: Args) -> bool:
        """Whether a word stops the drive, and does nothing else; a slew by nothing does."""
        if word != "Slew" or not args:
            return word in _STOPS
        try:
            return number(args[0]) == 0
        except ValueError:
            return False

    def stop(self) -> Told:
        """Stop; also where it cannot be told so, nothing more is begun from here."""
        self._motion.begins_nothing()
        self._driver.stop()
        self._motion.halted()
        return Told(OK)

    def _position(self, args: Args, reading: DriveReading) -> Told:
        if reading.position is None:
            text = f"{self._settings.name} does not know where it is: bring it home, then SetHome"
            return Told(text, Reason.NOT_AVAILABLE)
        scale = self._scale(args[0]) if args else 1.0
        return Told(f"{reading.position / scale:.10g}")

    def _move_absolute(self, args: Args, reading: DriveReading) -> Told:
        position, velocity = self._amount(args, "position")
        return self._move(position, velocity, reading)

    def _move_relative(self, args: Args, reading: DriveReading) -> Told:
        distance, velocity = self._amount(args, "distance")
        if reading.position is None:
            return self._position((), reading)
        return self._move(reading.position + distance, velocity, reading)

    def _move(self, position: float, velocity: float | None, reading: DriveReading) -> Told:
        lowest, highest, units = self._settings.lowest, self._settings.highest, self._settings.units
        if not lowest <= position <= highest:
            raise ValueError(f"position {position:g} {units}: expected {lowest:g} to {highest:g} {units}")
        if (busy := self._is_busy(reading)) is not None:
            return busy
        self._driver.move_to(position, velocity)
        self._motion.sent(position)
        return Told(f"{position:g}")

    def _set_home(self, _args: Args, reading: DriveReading) -> Told:
        if (busy := self._is_busy(reading)) is not None:
            return busy
        self._driver.set_home()
        self._motion.halted()
        return Told(OK)

    def _slew(self, args: Args, reading: DriveReading) -> Told:
        fastest = self._settings.slew_velocity
        if fastest is None:
            return Told(f"{self._settings.name} is not slewed: its file has no slew_velocity", Reason.NOT_PERMITTED)
        scalar = argument(args[0] if args else "1", "Slew takes a share of slew_velocity, -1 to 1")
        if not -1.0 <= scalar <= 1.0:
            raise ValueError(f"a slew of {scalar:g}: expected -1 to 1")
        if (busy := self._is_busy(reading)) is not None:
            return busy
        self._motion.slews()
        self._driver.slew(scalar * fastest)
        return Told(OK)

    def _start_jitter(self, args: Args, reading: DriveReading) -> Told:
        """Go to and fro: over a distance in its units, with a pause at each end, in seconds."""
        expected = "StartJitter takes a distance, and may be: two pauses in seconds"
        given = [argument(arg, expected) for arg in args or ("",)]
        distance, first_s, second_s = (*given, PAUSE_S, PAUSE_S)[:3]
        if not all(0.0 <= pause_s <= LONGEST_PAUSE_S for pause_s in (first_s, second_s)):
            raise ValueError(f"{expected}, each 0 to {LONGEST_PAUSE_S:g}")
        if reading.position is None:
            return self._position((), reading)
        here, there = reading.position, reading.position + distance
        lowest, highest = self._settings.lowest, self._settings.highest
        if not (lowest <= there <= highest and lowest <= here <= highest):
            raise ValueError(f"from {here:g} to {there:g}: expected within {lowest:g} to {highest:g}")
        if (busy := self._is_busy(reading)) is not None:
            return busy
        self._motion.jitters(Jitter(there, here, first_s, second_s))
        return Told(OK)

    def _is_busy(self, reading: DriveReading) -> Told | None:
        if reading.moving:
            return Told(f"{self._settings.name} is moving", Reason.BUSY)
        if self._motion.jitter is not None:
            return Told(f"{self._settings.name} goes to and fro: StopJitter ends that", Reason.BUSY)
        return None

    def _amount(self, args: Args, what: str) -> tuple[float, float | None]:
        """Return a position or distance, and a velocity, in the drive's units; what follows says its units, or is one.

        A velocity is in units a second, of the same units.
        """
        expected = f"a {what} is a number, then may come its units and a velocity"
        amount = argument(args[0] if args else "", expected)
        scale, velocity = 1.0, None
        for arg in args[1:]:
            if arg[:1].isalpha():
                scale = self._scale(arg)
            else:
                velocity = argument(arg, expected)
        return amount * scale, None if velocity is None else velocity * abs(scale)

    def _scale(self, units: str) -> float:
        """Return how much of the drive's units one of these is. Raises `ValueError`."""
        if units == self._settings.units:
            return 1.0
        if units == STEPS:
            return 1.0 / self._settings.steps_per_unit
        raise ValueError(f"{self._settings.name} goes by {self._settings.units} or {STEPS}, not {units!r}")
