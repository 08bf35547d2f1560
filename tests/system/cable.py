"""A cable between two nodes, which can be pulled and plugged in again: no end sees anything of that but silence."""

import contextlib
import socket
import threading
from typing import Self

LOOK_S = 0.02  # after which it is seen that a cable was plugged in, or its socket closed
LIMIT_S = 10.0


class Cable:
    """Hands bytes on both ways. What is sent while it is pulled arrives when it is plugged in, as TCP has it.

    Attributes:
        port: where it is plugged into this computer.
        target: the port at its far end; another one may be given at any time, for connections to come.
    """

    def __init__(self, target: int) -> None:
        self.target = target
        self._plugged = threading.Event()
        self._plugged.set()
        self._sent = b""
        self._ends: list[socket.socket] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self._over = False
        self._threads: list[threading.Thread] = []
        self._run(self._accept)

    def pull(self) -> None:
        self._plugged.clear()

    def plug(self) -> None:
        self._plugged.set()

    def sent(self, words: str) -> bool:
        """Whether these words have come from the near end, or wait in the cable."""
        return words.encode() in self._sent

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        self._over = True
        for end in [self._listener, *self._ends]:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        for thread in self._threads:
            thread.join(LIMIT_S)

    def _run(self, target: object, *args: object) -> None:
        thread = threading.Thread(target=target, args=args, daemon=True)  # type: ignore[arg-type]
        self._threads.append(thread)
        thread.start()

    def _accept(self) -> None:
        with contextlib.suppress(OSError):
            while True:
                near, _ = self._listener.accept()
                try:
                    far = socket.create_connection(("127.0.0.1", self.target), LIMIT_S)
                except OSError:
                    near.close()
                    continue
                far.settimeout(None)
                self._ends += [near, far]
                self._run(self._pump, near, far, True)
                self._run(self._pump, far, near, False)

    def _pump(self, source: socket.socket, sink: socket.socket, outwards: bool) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65536):
                self._sent += data if outwards else b""
                if not self._in_place():
                    return
                sink.sendall(data)
            if self._in_place():
                sink.shutdown(socket.SHUT_WR)

    def _in_place(self) -> bool:
        """Wait until it is plugged in; return whether it is there at all."""
        while not self._plugged.wait(LOOK_S):
            if self._over:
                return False
        return not self._over
