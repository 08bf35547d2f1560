"""A serial line as a link. The only importer of pyserial, which opens the line and sets it up."""

import errno
import os
import termios

import serial

from hardware.errors import LinkDown, NotSent
from hardware.links.address import SerialAddress
from hardware.links.wait import Wait

CHUNK_BYTES = 4096
# an unplugged adapter shows as any of these, by the call it happens in (pyserial issues 297, 401, 417, 572)
FAILURES = (serial.SerialException, OSError, termios.error, TypeError)
REASONS = {
    errno.ENOENT: "no such port: unplugged, or is the name another one?",
    errno.EACCES: "permission denied: this user may not use serial ports",
    errno.EAGAIN: "in use by another program",
    errno.EBUSY: "in use by another program",
    errno.ENXIO: "no device behind this port",
    errno.ENOTTY: "is no serial port",
    errno.EINVAL: "cannot have this speed, bytesize, parity or stopbits",
}


class SerialLink:
    """See `Link`. The port is held exclusively: two programs on one line would take each other's answers."""

    def __init__(self, address: SerialAddress) -> None:
        self._address = address
        self._wait = Wait()
        self._port: serial.Serial | None = None

    def open(self, timeout_s: float) -> None:  # noqa: ARG002 - a serial port opens at once or not at all
        """See `Link.open`."""
        line = self._address
        try:
            self._port = serial.Serial(
                line.device,
                baudrate=line.baud,
                bytesize=line.bytesize,
                parity=line.parity,
                stopbits=int(line.stopbits) if line.stopbits.is_integer() else line.stopbits,
                xonxoff=line.flow == "xonxoff",
                rtscts=line.flow == "rtscts",
                timeout=0,
                exclusive=True,
            )
        except (*FAILURES, ValueError) as problem:  # ValueError: a speed this port cannot have
            raise NotSent(f"{line.device}: {_reason(problem)}") from problem

    def send_some(self, data: bytes) -> int:
        """See `Link.send_some`; pyserial leaves the descriptor non-blocking."""
        try:
            return os.write(self._open_port.fileno(), data)
        except BlockingIOError:
            return 0
        except FAILURES as problem:
            raise LinkDown(f"{self._address.device}: cannot be written: {_reason(problem)}") from problem

    def wait_writable(self, timeout_s: float) -> None:
        """See `Link.wait_writable`."""
        self._wait.writable(self._open_port.fileno(), timeout_s)

    def receive(self, timeout_s: float) -> bytes:
        """See `Link.receive`."""
        try:
            fd = self._open_port.fileno()
            if not self._wait.readable(fd, timeout_s):
                return b""
            data = os.read(fd, CHUNK_BYTES)
        except BlockingIOError:
            return b""
        except FAILURES as problem:
            raise LinkDown(f"{self._address.device}: cannot be read: {_reason(problem)}") from problem
        if not data:  # ready to be read, and nothing there: the adapter is gone
            raise LinkDown(f"{self._address.device}: unplugged")
        return data

    def cancel(self) -> None:
        """See `Link.cancel`."""
        self._wait.cancel()

    def close(self) -> None:
        """See `Link.close`; unsent bytes are dropped, or the system would send them up to 30 s later."""
        self._wait.close()
        if self._port is None:
            return
        for step in (self._port.reset_output_buffer, self._port.close):
            try:
                step()
            except FAILURES:
                continue

    @property
    def _open_port(self) -> serial.Serial:
        assert self._port is not None, "the handle opens a link before it uses it"
        return self._port


def _reason(problem: Exception) -> str:
    number = getattr(problem, "errno", None)
    if number is None and problem.args and isinstance(problem.args[0], int):
        number = problem.args[0]  # termios.error is no OSError
    if number is None:
        number = next((code for code in (errno.ENOTTY,) if f"({code}, " in str(problem)), None)
    if number is None:
        return str(problem)
    return REASONS.get(number) or os.strerror(number)
