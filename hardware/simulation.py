"""Serves simulated devices on real wires: a TCP port, or a pseudo-terminal that looks like a serial port.

The only place that imports the simulators.
"""

import heapq
import importlib
import inspect
import itertools
import os
import selectors
import socket
import threading
import time
import tty
from collections.abc import Callable
from dataclasses import dataclass

from hardware.catalog import find
from hardware.far_end import Faults, Session, Simulator

__all__ = ["Faults", "Served", "Session", "Simulator", "serve_line", "serve_pty", "serve_tcp", "simulator_for"]

CHUNK_BYTES = 4096
TRICKLE_S = 0.0005  # between two bytes: a line of 19200 baud


def simulator_for(klass: str) -> Simulator:
    """Build the simulator of a device by the `klass` of its driver. Raises `ValueError` where there is none."""
    place = getattr(find(klass), "simulator", "")
    if not place:
        raise ValueError(f"{klass} has no simulator")
    module, _, name = place.partition(":")
    made = getattr(importlib.import_module(module), name)
    simulator: Simulator = made(clock=time.monotonic) if "clock" in inspect.signature(made).parameters else made()
    return simulator


@dataclass(eq=False, slots=True)
class _Client:
    """One open wire. `close` frees its descriptor; `queued` late answers go out by `busy_until`."""

    fd: int
    session: Session
    close: Callable[[], None]
    busy_until: float = 0.0
    queued: int = 0

    @property
    def over(self) -> bool:
        return not self.queued and bool(getattr(self.session, "over", False))


class Served:
    """A simulated device on a wire, run by one daemon thread.

    Attributes:
        simulator: the device.
        address: where it is, as it stands in a device file.
        port: its TCP port; 0 on a pseudo-terminal.
    """

    def __init__(self, simulator: Simulator, address: str, *, port: int = 0) -> None:
        self.simulator = simulator
        self.address = address
        self.port = port
        self._selector = selectors.DefaultSelector()
        self._clients: dict[int, _Client] = {}
        self._late: list[tuple[float, int, _Client, bytes]] = []
        self._ids = itertools.count()
        self._closers: list[Callable[[], None]] = []
        self._wake_read, self._wake_write = os.pipe()
        self._selector.register(self._wake_read, selectors.EVENT_READ)
        self._line: Session | None = None  # a serial line behind a server: its answers go to whoever is connected
        self._thread = threading.Thread(target=self._run, name=f"simulated-{address}", daemon=True)

    def close(self) -> None:
        """Hang up and free the wire: to a client on a pseudo-terminal this is unplugging. Prompt; may be repeated."""
        if self._wake_write >= 0:
            os.close(self._wake_write)  # the thread sees the end of its pipe
            self._wake_write = -1
        self._thread.join()

    def _listen(self, listener: socket.socket) -> None:
        listener.setblocking(False)
        self._selector.register(listener, selectors.EVENT_READ, lambda: self._accept(listener))
        self._closers.append(listener.close)

    def _add(self, client: _Client) -> None:
        self._clients[client.fd] = client
        self._selector.register(client.fd, selectors.EVENT_READ, lambda: self._read(client))

    def _start(self) -> "Served":
        self._thread.start()
        return self

    def _run(self) -> None:
        try:
            while True:
                due_s = max(0.0, self._late[0][0] - time.monotonic()) if self._late else None
                for key, _ in self._selector.select(due_s):
                    if key.fd == self._wake_read:
                        return
                    key.data()
                while self._late and self._late[0][0] <= time.monotonic():
                    _, _, client, answer = heapq.heappop(self._late)
                    client.queued -= 1
                    self._write(client, answer)
        finally:
            self._end()

    def _end(self) -> None:
        for client in list(self._clients.values()):
            self._drop(client)
        for close in self._closers:
            close()
        self._selector.close()
        os.close(self._wake_read)

    def _accept(self, listener: socket.socket) -> None:
        try:
            accepted, _ = listener.accept()
        except OSError:  # it vanished again before we looked
            return
        most = getattr(self.simulator, "most_connections", 0)
        if most and len(self._clients) >= most:
            accepted.close()
            return
        if self._line is not None and self._clients:
            accepted.close()
            return
        accepted.setblocking(False)
        accepted.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._add(_Client(accepted.fileno(), self._line or self.simulator.session("tcp"), accepted.close))

    def _read(self, client: _Client) -> None:
        if self._clients.get(client.fd) is not client:
            return  # dropped by an earlier event of the same round
        try:
            data = os.read(client.fd, CHUNK_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self._drop(client)
            return
        faults = self.simulator.faults
        parts = [bytes([byte]) for byte in data] if faults.trickle else [data]
        answer = b"".join(client.session.feed(part) for part in parts)
        if faults.disconnect:
            self._drop(client)
        elif answer:
            self._answer(client, answer, faults)
        elif client.over:
            self._drop(client)

    def _answer(self, client: _Client, answer: bytes, faults: Faults) -> None:
        if faults.trickle:
            for byte in answer:
                self._later(client, bytes([byte]), faults.slow_s / len(answer) + TRICKLE_S)
        else:
            self._later(client, answer, faults.slow_s)

    def _later(self, client: _Client, answer: bytes, slow_s: float) -> None:
        if slow_s <= 0 and not client.queued:
            self._write(client, answer)
            return
        client.busy_until = max(client.busy_until, time.monotonic() + slow_s)  # answers never overtake each other
        client.queued += 1
        heapq.heappush(self._late, (client.busy_until, next(self._ids), client, answer))

    def _write(self, client: _Client, answer: bytes) -> None:
        if self._line is not None and self._clients:
            client = next(iter(self._clients.values()))
        if self._clients.get(client.fd) is not client:
            return
        try:
            os.write(client.fd, answer)
        except BlockingIOError:  # nobody reads: a serial line without flow control loses bytes, too
            return
        except OSError:
            self._drop(client)
            return
        if client.over:
            self._drop(client)

    def _drop(self, client: _Client) -> None:
        self._selector.unregister(client.fd)
        del self._clients[client.fd]
        client.close()


def serve_tcp(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> Served:
    """Serve a simulated device on a TCP port; 0: one that is free.

    Any number of clients at once, or as many as the simulator's `most_connections`: the next is hung up on.
    """
    listener = socket.create_server((host, port))
    bound: int = listener.getsockname()[1]
    served = Served(simulator, f"tcp://{host}:{bound}", port=bound)
    served._listen(listener)  # noqa: SLF001 - the two functions here are how a Served is made
    return served._start()  # noqa: SLF001


def serve_line(simulator: Simulator, host: str = "127.0.0.1", port: int = 0) -> Served:
    """Serve a simulated device with a serial line behind a terminal server, on a TCP port; 0: one that is free.

    One client at once. What the device says late goes to the next one, if there is one by then.
    """
    listener = socket.create_server((host, port))
    bound: int = listener.getsockname()[1]
    served = Served(simulator, f"tcp://{host}:{bound}", port=bound)
    served._line = simulator.session("serial")  # noqa: SLF001 - as above
    served._listen(listener)  # noqa: SLF001
    return served._start()  # noqa: SLF001


def serve_pty(simulator: Simulator) -> Served:
    """Serve a simulated device on a pseudo-terminal. It ignores baud, and can only be opened as 8N1 by pyserial."""
    master, slave = os.openpty()
    for end in (master, slave):
        tty.setraw(end)
    os.set_blocking(master, False)

    def unplug() -> None:
        os.close(master)
        os.close(slave)  # held open until now: without a client, reading the master would fail

    served = Served(simulator, f"serial://{os.ttyname(slave)}?baud=57600&bytesize=8&parity=N&stopbits=1")
    served._add(_Client(master, simulator.session("serial"), unplug))  # noqa: SLF001
    return served._start()  # noqa: SLF001
