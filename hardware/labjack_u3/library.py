"""The one place that calls LabJackPython, which is imported when a U3 is opened, and not before."""

import atexit
import importlib
from contextlib import suppress
from typing import Any, Protocol

from hardware.errors import DeviceRefused, LinkDown, NotSent
from hardware.labjack_u3.codec import lines_of

U3 = 3  # LabJack's number of the product
LONGEST_REPLY_BYTES = 64
EXODRIVER = "github.com/labjack/exodriver"
LATE_REPLIES = 8  # more cannot wait in it: each command is sent when the one before has failed


class OpenU3(Protocol):
    """A U3 that is open; bit n of each number is line n. Every method raises `LinkDown` or `DeviceRefused`.

    Attributes:
        name: which one it is: model and serial number.
        analog: the lines that are analog inputs.
    """

    name: str
    analog: int

    def look(self) -> tuple[int, int]:
        """Read (lines that are high, lines that are outputs); it changes no direction."""

    def write(self, line: int, high: bool) -> tuple[bool, bool]:
        """Make a line an output that is high or low; return whether it now is (an output, high)."""

    def close(self) -> None:
        """Let go of it; its lines stay as they are."""


def open_u3(serial: int | None) -> OpenU3:
    """Open the U3 of a serial number; None: the only one there is. Nothing is written to its lines.

    Raises:
        NotSent: LabJackPython or LabJack's exodriver is missing, or no such U3 is there, or it is used elsewhere.
    """
    try:
        common, library = importlib.import_module("LabJackPython"), importlib.import_module("u3")
    except ModuleNotFoundError as error:
        text = f"pip install 'valvetree[labjack]', and LabJack's exodriver ({EXODRIVER})"
        raise NotSent(f"LabJackPython is not installed ({error}): {text}") from error
    if common.staticLib is None:
        text = f"pip install 'valvetree[labjack]' does not bring it: build it from {EXODRIVER}, with its udev rules"
        raise NotSent(f"LabJack's exodriver (liblabjackusb) is not installed: {text}")
    count = common.deviceCount(U3)
    if serial is None and count > 1:
        raise NotSent(f"{count} U3 are connected: the device file has to say by `serial` which one")
    problems = []
    for number in range(1, count + 1):
        try:
            opened = _Library(common, library, number)
        except Exception as error:  # noqa: BLE001 - whatever the library raises of one that others use
            problems.append(f"number {number} cannot be opened: {error or type(error).__name__}")
            continue
        if serial in (None, opened.serial):
            return opened
        opened.close()
    wanted = "no U3 is connected" if serial is None else f"no U3 of serial number {serial} is connected"
    raise NotSent("; ".join(problems if problems and serial is None else [wanted, *problems]))


class _Library:
    """See `OpenU3`. Any: LabJackPython has no types."""

    def __init__(self, common: Any, library: Any, number: int) -> None:
        self._library = library
        self._refusal: type[Exception] = common.LowlevelErrorException
        self._device = library.U3(autoOpen=False)
        try:  # not by its own `open`, which asks for the calibration first: a late reply would end that
            common.Device.open(self._device, U3, firstFound=False, devNumber=number, handleOnly=True)
            self._greet()
        except BaseException:
            self.close()
            raise

    def _greet(self) -> None:
        """Ask two different questions: a late reply to an earlier user's does not answer both."""
        try:
            told, banks = self._device.configU3(), self._device.configIO()
        except Exception:  # noqa: BLE001 - whatever the library makes of a late reply
            with suppress(Exception):  # nothing more comes
                for _ in range(LATE_REPLIES):
                    self._device.read(LONGEST_REPLY_BYTES)
            told, banks = self._device.configU3(), self._device.configIO()
        self.serial = told["SerialNumber"]
        self.name = f"{told['DeviceName']} {self.serial}"
        self.analog = lines_of(banks["FIOAnalog"], banks["EIOAnalog"])

    def look(self) -> tuple[int, int]:
        """See `OpenU3.look`. `getDIState` would make an input of the line, and so is never used."""
        states, directions = self._ask(self._library.PortStateRead(), self._library.PortDirRead())
        high, output = (lines_of(each["FIO"], each["EIO"], each["CIO"]) for each in (states, directions))
        return high, output

    def write(self, line: int, high: bool) -> tuple[bool, bool]:
        """See `OpenU3.write`; in one packet, and without the old state in between, as `setDOState` would have it."""
        written = self._library.BitStateWrite(line, int(high))
        _, output, level = self._ask(written, self._library.BitDirRead(line), self._library.BitStateRead(line))
        return bool(output), bool(level)

    def close(self) -> None:
        """See `OpenU3.close`."""
        if self._device.handle is not None:
            with suppress(Exception):  # it may be gone
                self._device.close()
        atexit.unregister(self._device.close)  # else the library closes it once more

    def _ask(self, *commands: Any) -> list[Any]:
        try:
            return list(self._device.getFeedback(*commands))
        except self._refusal as error:
            raise DeviceRefused(" ".join(str(error).split())) from error
        except Exception as error:  # LabJackException, and whatever it makes of a reply that is cut short
            raise LinkDown(f"{type(error).__name__}: {error}") from error
