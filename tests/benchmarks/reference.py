"""The unit of every figure: a plain TCP ping-pong, one thread per connection, the same bytes back."""

import contextlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

FRAME = b"{000E}Open A\r\n"  # 14 bytes, there and back
READ_BYTES = 4096
PROJECT = Path(__file__).parents[2]


def listen() -> socket.socket:
    """Return a listener on a free loopback port."""
    return socket.create_server(("127.0.0.1", 0), backlog=64)


def serve(listener: socket.socket) -> None:
    """Answer every client in a thread of its own, until the listener is shut down."""
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=_echo, args=(client,), daemon=True).start()


def _echo(client: socket.socket) -> None:
    with client, contextlib.suppress(OSError):
        while data := client.recv(READ_BYTES):
            client.sendall(data)


@dataclass(frozen=True)
class Reference:
    """The plain server as a process of its own. `started_s`: from its start until it listened."""

    port: int
    pid: int
    started_s: float


@contextlib.contextmanager
def running() -> Iterator[Reference]:
    """Run the plain server in another process, on the cores that this thread may use."""
    began = time.monotonic()
    command = [sys.executable, "-m", "tests.benchmarks.reference"]
    with subprocess.Popen(command, cwd=PROJECT, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            port = int(process.stdout.readline())
            yield Reference(port, process.pid, time.monotonic() - began)
        finally:
            process.kill()


def main() -> None:
    """Tell the port on stdout, then serve."""
    with listen() as listener:
        sys.stdout.write(f"{listener.getsockname()[1]}\n")
        sys.stdout.flush()
        serve(listener)


if __name__ == "__main__":
    main()
