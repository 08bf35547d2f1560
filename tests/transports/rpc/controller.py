"""A controller of ours in a house of its own: the far end of a node connection, with relays that are counted."""

from collections import Counter

from actors.actuation import Look, Switch
from actors.facts import Keep, Kept
from actors.messages import Kind, Outcome, State
from actors.table import ValveSpec
from tests.actors.bench import Bench
from tests.actors.house import RELAYS, House
from transports.rpc.server import ListenSettings, RemoteCommandServer

CLOSED = State.CLOSED


class Controller:
    """A node with a real line, real valves, a real server; its relays are counted. `hold`: moves wait for `let_go`."""

    def __init__(self, boot="far-1", port=0, **listening):
        self.house = House("Far", boot)
        self.actuations, self._held, self.hold = Counter(), [], False
        self.stand = {}
        specs = [ValveSpec("A", "101", RELAYS), ValveSpec("B", "102", RELAYS)]
        self.bench = Bench(self.house, specs, timeout_s=5.0)
        self.house.recorder(RELAYS, self._relay)
        self.store = self.house.recorder("store", self._keep)
        self.bench.start()
        self.bench.see(A=CLOSED, B=CLOSED)
        self.house.start(RemoteCommandServer, "remote_command_server", ListenSettings(port=port, **listening))
        self.port = self.house.context.facts["port"]

    def _relay(self, message):
        if isinstance(message, Look):
            outcome = Outcome("look", message.valve, Kind.DONE, self.stand.get(message.valve, CLOSED))
            message.request.reply_to.answer(outcome)
        elif isinstance(message, Switch):
            self.actuations[message.valve] += 1
            self.stand[message.valve] = message.target
            if self.hold:
                self._held.append(message)
            else:
                self.bench.done(message)

    def _keep(self, message):
        if isinstance(message, Keep):
            self.house.tell(message.reply_path, Kept(message))

    def let_go(self):
        self.house.quiet()
        for switch in self._held:
            self.bench.done(switch)
