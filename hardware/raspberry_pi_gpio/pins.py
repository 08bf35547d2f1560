"""The pins of this computer, as a driver uses them."""

import importlib
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import structlog

from hardware.errors import LinkDown, NotSent
from hardware.raspberry_pi_gpio.kernel import Found, as_found, outputs_outlive

_T = TypeVar("_T")

INSTALL = "pip install 'valvetree[gpio]' lgpio, or apt install python3-gpiozero python3-lgpio"


class OpenPins(Protocol):
    """Pins, by their numbers. `name`: what computer it is."""

    name: str

    def look(self, pin: int) -> Found:
        """Read how a pin stands; an input stays one. Raises `NotSent`, `LinkDown`."""

    def drive(self, pin: int, high: bool) -> None:
        """Make a pin an output that is high or low, and nothing else in between. Raises `LinkDown`."""

    def close(self) -> None:
        """Do nothing: what is driven stays driven."""


class GpiozeroPins:
    """See `OpenPins`. Any: gpiozero has no types.

    Args:
        factory: a pin factory of gpiozero's.
    """

    def __init__(self, factory: Any) -> None:
        self._factory = factory
        self.name = str(factory.board_info.description)

    def look(self, pin: int) -> Found:
        """See `OpenPins.look`."""
        return self._call(lambda: self._found(self._pin(pin)))

    def drive(self, pin: int, high: bool) -> None:
        """See `OpenPins.drive`."""
        self._call(lambda: self._pin(pin).output_with_state(high))

    def close(self) -> None:
        """See `OpenPins.close`."""

    def _pin(self, pin: int) -> Any:
        taken = self._factory.pin(f"GPIO{pin}")
        taken.close = _stay  # whoever closes pins when the process ends, or a device goes out of use
        return taken

    def _found(self, pin: Any) -> Found:
        return Found(pin.function == "output", bool(pin.state))

    def _call(self, call: Callable[[], _T]) -> _T:
        try:
            return call()
        except NotSent:
            raise
        except Exception as error:  # whatever a pin library raises
            raise LinkDown(f"{type(error).__name__}: {error}") from error


_opened: dict[int | None, GpiozeroPins] = {}  # for the life of this process: what was taken is never given back


def open_pins(chip: int | None) -> OpenPins:
    """Open the pins of `/dev/gpiochip<chip>`; None: of the one that this model has. No pin is touched.

    Raises:
        NotSent: gpiozero or lgpio is not installed, or this is no Raspberry Pi, or its pins may not be used.
    """
    if chip not in _opened:
        try:
            kept = importlib.import_module("hardware.raspberry_pi_gpio.kept")
        except ImportError as error:
            raise NotSent(f"the pins of a Raspberry Pi need what is not installed ({error}): {INSTALL}") from error
        try:
            _opened[chip] = GpiozeroPins(kept.KeptFactory(chip, as_found))
        except Exception as error:  # BadPinFactory, PinUnknownPi, lgpio.error
            text = "is this a Raspberry Pi, and this user in its group gpio?"
            raise NotSent(f"its pins cannot be opened: {type(error).__name__}: {error}: {text}") from error
        _warn_unless_outputs_outlive()
    return _opened[chip]


def _warn_unless_outputs_outlive() -> None:
    outlive = outputs_outlive()
    if not outlive:
        why = "when this process ends the kernel makes them inputs" if outlive is False else "the kernel does not say"
        text = "persist_gpio_outputs of its pinctrl module has to be Y, and dtparam=strict_gpiod absent"
        structlog.get_logger().warning("device.outputs_do_not_outlive", why=f"{why}: {text}")


def _stay() -> None:
    """Close nothing."""
