"""gpiozero's pins, kept as they are found: the one place that imports gpiozero and lgpio, when pins are opened.

A pin of gpiozero 2.0.1 on lgpio is made an input by being constructed, and an output that is low on its way to one
that is left as it was (`initial_value=None`); closing it, which gpiozero does when the process ends, makes it an input
again. Each of these moves a relay. Here a pin is what it was found as, and is never closed.
"""

import importlib
from collections.abc import Callable
from typing import Any

from hardware.raspberry_pi_gpio.kernel import Found

_lgpio_pins: Any = importlib.import_module("gpiozero.pins.lgpio")
_local_pins: Any = importlib.import_module("gpiozero.pins.local")
_lgpio: Any = importlib.import_module("lgpio")


class KeptPin(_lgpio_pins.LGPIOPin):  # type: ignore[misc]  # gpiozero has no types
    """A pin that begins as it was found."""

    def __init__(self, factory: "KeptFactory", info: Any) -> None:
        _local_pins.LocalPiPin.__init__(self, factory, info)  # not the one between, which takes it as an input
        self._pwm = self._bounce = self._callback = None
        self._edges = _lgpio.BOTH_EDGES
        found = factory.as_found(factory.chip, self._number)
        if found.output:
            _lgpio.gpio_claim_output(factory.handle, self._number, int(found.high))
        else:
            _lgpio.gpio_claim_input(factory.handle, self._number, 0)  # 0: its pull resistor stays as it is

    def output_with_state(self, state: bool) -> None:
        """Make it an output that has this level from the first moment."""
        _lgpio.gpio_claim_output(self.factory.handle, self._number, int(state))  # nothing happens if it is one
        _lgpio.gpio_write(self.factory.handle, self._number, int(state))

    def close(self) -> None:
        """Leave it as it is."""


class KeptFactory(_lgpio_pins.LGPIOFactory):  # type: ignore[misc]  # gpiozero has no types
    """Makes such pins. It is not gpiozero's default factory, which gpiozero closes when the process ends."""

    def __init__(self, chip: int | None, as_found: Callable[[int, int], Found]) -> None:
        super().__init__(chip)
        self.pins: dict[Any, Any] = {}  # of its own: one that somebody else has made in this process is not kept
        self.as_found = as_found
        self.pin_class = KeptPin

    @property
    def handle(self) -> int:
        """What lgpio calls the chip."""
        return int(self._handle)

    def close(self) -> None:
        """Leave all pins as they are."""
