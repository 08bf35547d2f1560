"""Switching a heater off, step by step; and what controllers share that may have been put into manual."""

import contextlib
from collections.abc import Callable

from hardware.device import TemperatureDevice
from hardware.errors import DeviceError, DeviceRefused


def carry_out(*steps: Callable[[], None]) -> None:
    """Take each step, whatever happened to those before; then raise the first error, with the words of the others."""
    first: Exception | None = None
    for step in steps:
        try:
            step()
        except Exception as problem:  # noqa: BLE001 - it is raised below: the steps that are left may help all the same
            first = first or problem
            if isinstance(first, DeviceError) and isinstance(problem, DeviceError) and problem.what not in first.what:
                first.what += f"; {problem.what}"
    if first is not None:
        raise first


class AutoManualDevice(TemperatureDevice):
    """A `TemperatureDevice` with automatic and manual; `is_manual`, `stop_output` and `go_automatic` are its own, too.

    `heater_off` never puts it into manual: there it would go on with the output that it had, should the line break at
    that moment. It lowers the set-point, and puts the output to 0 unless it is known to be in automatic, which refuses
    that. Whatever it could or could not say of manual, its output has to be 0 then.
    """

    def heater_off(self) -> None:
        """See `TemperatureController.heater_off`."""
        with self.exchange.transaction():
            carry_out(self.lower_setpoint, self._stop_manual_output, self.check_output_is_off)

    def heater_on(self) -> None:
        """See `TemperatureController.heater_on`: automatic, where it was in manual. Nothing, where it has no manual."""
        with self.exchange.transaction():
            if self.is_manual():
                self.go_automatic()

    def is_manual(self) -> bool | None:
        """Ask whether it is in manual; None: its file says that it cannot be asked. Raises `DeviceError`."""
        raise NotImplementedError

    def stop_output(self) -> None:
        """Write 0 % as its output in manual. Raises `DeviceError`; `DeviceRefused` where it is in automatic."""
        raise NotImplementedError

    def go_automatic(self) -> None:
        """End manual, and see that it has ended. Raises `DeviceError`."""
        raise NotImplementedError

    def _stop_manual_output(self) -> None:
        manual = None
        with contextlib.suppress(DeviceError):  # its output will tell
            manual = self.is_manual()
        if manual is False:
            return
        try:
            self.stop_output()
        except DeviceRefused:
            if manual:
                raise
