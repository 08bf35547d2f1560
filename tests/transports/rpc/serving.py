"""A command server with a service that is the test, and its clients."""

import contextlib
import socket

from actors.messages import Kind, Move, Outcome, Query, Source, State
from actors.picture import Picture, PictureRow
from actors.table import ValveSpec
from tests.transports.rpc.desk import Client
from transports.rpc.server import ListenSettings, RemoteCommandServer

OPEN, CLOSED, UNKNOWN = State.OPEN, State.CLOSED, State.UNKNOWN
LINE = "extraction_line"
ROWS = (
    PictureRow("A", "valve", OPEN, locked=False, owner="", doubt=""),
    PictureRow("B", "valve", UNKNOWN, locked=True, owner="", doubt="not read yet"),
)


class Desk:
    """A server, its clients, and the line behind it. `hold`: moves are kept until `end` lets them go."""

    def __init__(self, house, **settings):
        self.house = house
        self.hold = False
        self.rows = ROWS
        self.specs = (ValveSpec("A", "101", "actuator.relays"),)
        self.line = house.recorder(LINE, self._react)
        self._clients = []
        self.port = self.listen("remote_command_server", **settings)

    def listen(self, path, **settings):
        """Start a listener; return its port."""
        wanted = ListenSettings(**{"port": 0, "fingerprint": "site-1", **settings})
        self.house.start(RemoteCommandServer, path, wanted)
        return self.house.context.facts["ports"][path]

    def _react(self, message):
        if isinstance(message, Query) and message.what == "look":
            state = next(row.state for row in self.rows if row.name == message.args[0])
            message.request.reply_to.answer(Outcome("look", message.args[0], Kind.DONE, state))
        elif isinstance(message, Query):
            value = self.specs if message.what == "describe" else Picture(1, self.rows, {r.name: r for r in self.rows})
            message.request.reply_to.answer(Outcome("query", message.what, Kind.DONE, value=value))
        elif hasattr(message, "request") and not self.hold:
            self.end(message)

    def end(self, message, kind=Kind.MOVED, state=OPEN, **more):
        text = {"verb": "open", "subject": message.valve}
        outcome = Outcome(**text, kind=kind, state=state, source=Source.READBACK, revision=7, **more)
        message.request.reply_to.answer(outcome)

    def say(self, query, text):
        query.request.reply_to.answer(Outcome("query", query.what, Kind.DONE, text=text))

    def next(self, kind=Move):
        return self.line.wait_for(kind)

    def client(self, port=0, **more):
        self._clients.append(Client(port or self.port, **more))
        return self._clients[-1]

    def connections(self):
        return [path for path in self.house.context.directory.paths() if "/connection." in path]

    def close(self):
        for client in self._clients:
            client.close()


def bytes_that_sockets_hold():
    """Return how much can be sent to a client that reads nothing."""
    with socket.create_server(("127.0.0.1", 0)) as listener, socket.socket() as reader:
        reader.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        reader.connect(listener.getsockname())
        writer, _ = listener.accept()
        with writer:
            writer.setblocking(False)
            sent = 0
            with contextlib.suppress(BlockingIOError):
                while True:
                    sent += writer.send(bytes(48_000))
            return sent
