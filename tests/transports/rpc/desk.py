"""Plain sockets on both sides of the command channel: a client of ours, and a far end that does as it is told."""

import socket
import threading

from tests.actors.house import PATIENCE_S
from transports.rpc.fields import Welcome, join_fields, split_fields
from transports.rpc.frames import Decoder, Form, Frame, encode


class Client:
    """A client in plain bytes. `own_port`: a port that no other socket has, open or closed: it can be had again."""

    def __init__(self, port, *, buffer_bytes=0, own_port=False):
        self.socket = socket.socket()
        if own_port:
            self.socket.bind(("127.0.0.1", 0))
        if buffer_bytes:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(("127.0.0.1", port))
        self.address = "{}:{}".format(*self.socket.getsockname())
        self._read = b""

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        """Return the next reply with its line end; what was read without one if the far end closed."""
        while b"\n" not in self._read:
            data = self.socket.recv(65536)
            if not data:
                break
            self._read += data
        line, end, self._read = self._read.partition(b"\n")
        return line + end

    def exactly(self, count):
        """Return the next so many bytes: for replies that nothing ends."""
        while len(self._read) < count:
            data = self.socket.recv(65536)
            assert data, self._read
            self._read += data
        data, self._read = self._read[:count], self._read[count:]
        return data

    def ask(self, data):
        self.send(data)
        return self.line()

    def call(self, text, **fields):
        """Ask with fields, braced; return the reply's text and fields."""
        self.send(encode(join_fields(text, fields), Form.BRACED))
        return self.reply()

    def reply(self):
        line = self.line()
        assert line.startswith(b"{"), line
        return split_fields(line[6:-2].decode())

    def hello(self, node="acq", **fields):
        text, _ = self.call(f"Hello 1 {node} -", **fields)
        return Welcome.decode(text)

    def is_closed(self):
        return self.line() == b""

    def reset(self):
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.socket.close()

    def close(self):
        self.socket.close()


class Session:
    """One connection to a far end that is the test: `line` what it is asked, `reply` what it says."""

    def __init__(self, connection):
        self.socket = connection
        self.socket.settimeout(PATIENCE_S)
        self._decoder = Decoder()

    def line(self):
        """Return the next request's text and fields."""
        while True:
            frame = self._decoder.next()
            if isinstance(frame, Frame):
                return split_fields(frame.text)
            assert frame is None, frame
            data = self.socket.recv(65536)
            assert data, "it was closed"
            self._decoder.feed(data)

    def reply(self, text, **fields):
        self.socket.sendall(encode(join_fields(text, fields), Form.BRACED))

    def how_it_ended(self, timeout_s=PATIENCE_S):
        """Wait for the end: "reset" or "closed"; "open": it did not end in time."""
        self.socket.settimeout(timeout_s)
        try:
            while self.socket.recv(65536):
                pass
        except ConnectionResetError:
            return "reset"
        except TimeoutError:
            return "open"
        return "closed"

    def close(self):
        self.socket.close()


class Far:
    """A far end's listener. `clock_ms`: its own monotonic clock."""

    def __init__(self, clock_ms, *, listening=True):
        self.clock_ms = clock_ms
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.settimeout(PATIENCE_S)
        self.port = self.listener.getsockname()[1]
        self._sessions = []
        if listening:
            self.listener.listen(8)

    def accept(self):
        self._sessions.append(Session(self.listener.accept()[0]))
        return self._sessions[-1]

    def greet(self, session, boot="far-1", features=None, *, once=False, **more):
        """Answer a Hello, and where that agrees on fields the one with the boot id too, unless only `once`."""
        features = features or {"fields": ""}
        for boots in ([], ["boot"]) if "fields" in features and not once else ([],):
            text, fields = session.line()
            assert text.startswith("Hello 1 "), text
            assert list(fields) == boots
            session.reply(Welcome("Far", boot, "-", int(self.clock_ms()), features, **more).encode())
        return session

    def welcome(self, boot="far-1", **more):
        """Take both connections up; return that for acts and that for questions."""
        acts, asks = self.accept(), self.accept()
        return self.greet(acts, boot, **more), self.greet(asks, boot, **more)

    def close(self):
        for session in self._sessions:
            session.close()
        self.listener.close()


def in_background(function):
    """Run on a thread of its own; call the result to wait for its end and what it returned."""
    results = []
    thread = threading.Thread(target=lambda: results.append(function()))
    thread.start()

    def join():
        thread.join(PATIENCE_S)
        return results[0]

    return join
