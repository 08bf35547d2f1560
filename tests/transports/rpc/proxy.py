"""A proxy between a node connection and a server, which loses, delays and breaks off what it is told to."""

import contextlib
import socket
import struct
import threading

from tests.actors.house import PATIENCE_S

LOOK_S = 0.02  # after which it is seen that a socket was closed by another thread
RESET = struct.pack("ii", 1, 0)


class Proxy:
    """Hands lines on, both ways; each fault is for the next line that has its word in it, and then over.

    `lose(word)`: it is not handed on; `hold(word)`: it is handed on when the returned event is set; `reset(word)`: its
    connection is reset, both ways, instead. A word that begins with `<` is looked for in replies, others in requests.
    """

    def __init__(self, port):
        self._target = port
        self._faults = []  # (word, what, event)
        self._lock = threading.Lock()
        self._sockets = []
        self._closed = False
        self.seen = []  # (">" or "<", line)
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self._threads = []
        self._run(self._accept)

    def lead_to(self, port):
        """Connect those that come from now on to another server."""
        self._target = port

    def lose(self, word):
        self._fault(word, "lose")

    def hold(self, word):
        return self._fault(word, "hold")

    def reset(self, word):
        self._fault(word, "reset")

    def cut(self):
        """Reset every connection that there is."""
        with self._lock:
            sockets, self._sockets = self._sockets, []
        for each in sockets:
            with contextlib.suppress(OSError):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            each.close()

    def forget(self):
        """Switch off the faults that have not come about."""
        with self._lock:
            self._faults.clear()

    def requests(self, word):
        with self._lock:
            return [line for way, line in self.seen if way == ">" and word in line]

    def close(self):
        with self._lock:
            faults, self._faults = self._faults, []
            self._closed = True
        for _, _, event in faults:
            event.set()
        for each in [self._listener, *self._sockets]:
            with contextlib.suppress(OSError):
                each.shutdown(socket.SHUT_RDWR)
            each.close()
        for thread in self._threads:
            thread.join(PATIENCE_S)

    def _fault(self, word, what):
        event = threading.Event()
        with self._lock:
            self._faults.append((word, what, event))
        return event

    def _run(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(("127.0.0.1", self._target), PATIENCE_S)
            except OSError:
                near.close()
                continue
            for each in (near, far):
                each.settimeout(LOOK_S)
            with self._lock:
                if self._closed:
                    near.close()
                    far.close()
                    return
                self._sockets += [near, far]
            self._run(self._pump, near, far, ">")
            self._run(self._pump, far, near, "<")

    def _pump(self, source, sink, way):
        rest = b""
        with contextlib.suppress(OSError):
            while data := _next(source):
                *lines, rest = (rest + data).split(b"\r\n")
                for line in lines:
                    if not self._hand_on(line.decode(), source, sink, way):
                        return
            sink.shutdown(socket.SHUT_WR)

    def _hand_on(self, line, source, sink, way):
        with self._lock:
            self.seen.append((way, line))
            fault = next((one for one in self._faults if _is_for(one[0], line, way)), None)
            if fault is not None:
                self._faults.remove(fault)
        what, event = (fault[1], fault[2]) if fault else ("", None)
        if what == "reset":
            for each in (source, sink):
                each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
                each.close()
            return False
        if what == "hold":
            event.wait(PATIENCE_S)
        if what != "lose":
            sink.sendall(line.encode() + b"\r\n")
        return True


def _next(source):
    """Return what comes next; a socket that was closed by another thread raises."""
    while True:
        with contextlib.suppress(TimeoutError):
            return source.recv(65536)


def _is_for(word, line, way):
    return word.lstrip("<") in line and word.startswith("<") == (way == "<")
