"""A controller's process on a real wire, its instrument in this process, three clients, and a diary of it all."""

import itertools
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path

from hardware.simulation import serve_tcp, simulator_for
from tests.system.conftest import controller_flags
from tests.system.line_clients import Asked, LineClient
from tests.system.line_judge import HOLDS, Judge
from tests.system.line_plan import MARKS, NEITHER, PLAN, plan_site
from tests.system.line_truth import watch
from tests.system.nodes import RoleProcess, eventually
from tests.system.wire import WireClient

CLIENTS = ("jan", "eva", "kim")
VALUES = {"Lock": "locked", "OutOfService": "out"}  # what a register is then; of a claim: the client
ANSWER_S = 20.0  # a safe state with a mute instrument takes its time at every step
TROUBLE = ("tree.restarted", "tree.failed", "tree.gave_up", "command.failed", "store.not_kept")
DIARY_LINES = 3000  # of its end, told with a failure


class Controlled:
    """See the module. `counts`: what was done in all.

    Attributes:
        truth, judge: what is so, and whether what was said and done agrees with it.
        asked: every command, once for each life of the controller in which it was asked.
    """

    def __init__(self, counts: Counter[str]) -> None:
        self.counts = counts
        self.began = time.monotonic()
        self.diary: list[str] = []
        self.stack = ExitStack()
        self.folder = Path(self.stack.enter_context(tempfile.TemporaryDirectory()))
        self.root = plan_site(self.folder / "site")
        self.simulator = simulator_for("AgilentGPActuator")
        self.faults = self.simulator.faults
        self.truth = watch(self.simulator, PLAN, self.note)
        self.judge = Judge(self.truth)
        self.asked = self.truth.asked
        self.served = serve_tcp(self.simulator)
        self.clients: dict[str, LineClient] = {}
        self._ids = itertools.count(1)
        self.boot = 0
        self.start()

    def note(self, *what: object) -> None:
        """Keep a line of the diary."""
        self.diary.append(f"{time.monotonic():.4f} {' '.join(map(str, what))}")

    # --- its life -----------------------------------------------------------------------------------------------

    def start(self) -> None:
        self.boot += 1
        self.role = RoleProcess(
            "valve_controller", *controller_flags(self.root, self.served), home=self.folder / "home"
        )
        self.port = int(self.role.ready()["port"])
        self.note("ready")
        self.clients = {name: LineClient(name, self.port, self.answered) for name in CLIENTS}

    def end(self, how: Callable[[RoleProcess], object]) -> None:
        """Let the controller end, and start it again on the same site."""
        self.note("ends")
        how(self.role)
        self._check_log()
        for client in self.clients.values():
            client.hang_up()
        now = time.monotonic()
        with self.truth.lock:
            for asked in self.asked:
                if asked.client not in self.clients:
                    continue  # it may go on on its way here
                asked.ends_by = min(asked.ends_by, now)
                for change in asked.changes:
                    change.done = min(change.done, now)
        self.faults.mute, self.faults.garble, self.faults.disconnect = False, False, False
        self.start()

    def _check_log(self) -> None:
        for record in self.role.records():
            if record["event"] in TROUBLE or "exception" in record:
                self.truth.breach(f"the log says {record}")
        for complaint in self.role.complaints():
            self.truth.breach(f"it complained: {complaint}")

    # --- commands -----------------------------------------------------------------------------------------------

    def ask(self, client: str, verb: str, valve: str = "", more: str = "", deadline: float | None = None) -> Asked:
        """Send a command."""
        asked = Asked(client, f"{client}{next(self._ids)}", verb, valve, more, deadline)
        self.send(asked)
        return asked

    def send(self, *all_asked: Asked) -> None:
        """Send commands of one client that are new."""
        with self.truth.lock:
            for asked in all_asked:
                asked.boot, asked.sent_at = self.boot, time.monotonic()
                self.note("ask", asked, "" if asked.deadline is None else f"by {asked.deadline - asked.sent_at:+.3f} s")
                self.counts["commands"] += 1
                self.begin(asked)
                self.asked.append(asked)
        self.clients[all_asked[0].client].send(*all_asked)

    def again(self, asked: Asked) -> None:
        """Send a command once more, with its id; a later life of the controller takes it for a new one."""
        self.counts["asked again"] += 1
        asked = next(one for one in reversed(self.asked) if one.id == asked.id)  # as it was asked last
        if asked.boot == self.boot:
            self.note("ask again", asked)
            self.clients[asked.client].send(asked)
        else:
            self.send(Asked(asked.client, asked.id, asked.verb, asked.valve, asked.more, asked.deadline))

    def begin(self, asked: Asked) -> None:
        """Note what a command is about to change."""
        holds = self.truth.holds
        if asked.verb == "Assume":
            self.truth.assuming(asked)
        register = getattr(holds, HOLDS[asked.verb])[asked.valve] if asked.verb in HOLDS else None
        value = asked.client if asked.verb == "Claim" else VALUES.get(asked.verb, "")
        if asked.verb == "SafeState":
            register, value = holds.latch, "" if asked.valve else "latched"
        if register is not None:
            asked.changes.append(register.begin(value, asked.sent_at))

    def answered(self, asked: Asked, text: str) -> None:
        """Take an answer in; called by each client's reader."""
        with self.truth.lock:
            self.note("answer", asked, "->", text, asked.told.get("outcome", ""))
            if len(asked.replies) == 1:
                self.conclude(asked, text)
            try:
                self.judge.answered(asked, text)
            except Exception as why:  # noqa: BLE001 - an answer that nobody can read is a breach
                self.truth.breach(f"{asked} was answered {text!r}: {why!r}")

    def conclude(self, asked: Asked, text: str) -> None:
        """Take in what a command has changed, by its first answer."""
        latched = asked.verb == "SafeState" and not asked.refused and not text.startswith("ERROR 021")
        for change in asked.changes:
            if asked.ok or latched:
                change.done, change.took = asked.replied_at, True
            elif asked.refused:
                change.register.drop(change)

    def settle(self) -> None:
        """Wait until everything that was asked has been answered."""
        for asked in list(self.asked):
            if asked.client in self.clients and not asked.done.wait(ANSWER_S):
                self.truth.breach(f"no answer to {asked}")
                self.verdict()

    # --- its instrument -----------------------------------------------------------------------------------------

    def unplug(self, *, off: bool = False) -> None:
        """Hang the instrument's wire up, and plug it in again; `off`: its relays fell back meanwhile."""
        self.counts["faults"] += 1
        self.note("unplugged", "and switched off" if off else "")
        self.served.close()
        if off:
            for channels in PLAN.channels.values():
                for channel in channels:
                    self.truth.put(channel, False)
        self.served = serve_tcp(self.simulator, port=self.served.port)

    def mend(self) -> None:
        """Let everything work; relays that were moved by hand stay where they are."""
        self.note("mended")
        faults = self.faults
        faults.mute, faults.garble, faults.disconnect, faults.slow_s = False, False, False, 0.0
        faults.stuck.clear()
        for channel in list(faults.lie):
            self.truth.lie(channel, False)

    def table(self) -> dict[str, str]:
        """Return the states as a client is told them now."""
        with WireClient(self.port) as client:
            client.hello("judge")
            word = client.command("GetValveStates")[:-4]
        return {item[:-1]: item[-1] for item in word.split(",")}

    def seems(self) -> dict[str, str]:
        """Return the states as a look would show them."""
        seen = {}
        with self.truth.lock:
            for valve, channels in PLAN.channels.items():
                relays = tuple(self.truth[one] != (one in self.faults.lie) for one in channels)
                seen[valve] = MARKS[PLAN.stands(relays)]
        return seen

    def await_table(self) -> bool:
        """Wait until the table shows what a look shows; a person's word stands for a valve that tells nothing."""

        def agrees() -> bool:
            seen, table = self.seems(), self.table()
            return all(
                table[valve] == mark or (mark == MARKS[NEITHER] and self.truth.believed(valve) is None)
                for valve, mark in seen.items()
            )

        try:
            eventually(agrees, "the table is the truth")
        except AssertionError:
            self.truth.breach(f"the table says {self.table()}, and a look {self.seems()}")
            return False
        return True

    # --- the end ------------------------------------------------------------------------------------------------

    def close(self) -> None:
        """See that everything was true, and end."""
        try:
            self.verdict()
            self.mend()
            self.settle()
            self.await_table()
            for verb in ("GetValveStates", "GetValveLockStates", "GetValveOwners", "GetPipetteCounts"):
                self.ask("jan", verb)
            for valve in PLAN.channels:
                self.ask("eva", "Why", valve)
            self.settle()
            self.judge.at_the_end()
            for client in self.clients.values():
                for line in client.strays:
                    self.truth.breach(f"a reply that nobody asked for: {line}")
            self._check_log()
            self.counts["writes"] += len(self.truth.writes)
            self.counts["shots"] += self.truth.shots
        finally:
            for client in self.clients.values():
                client.hang_up()
            with self.role:
                pass
            self.served.close()
            self.stack.close()

    def verdict(self) -> None:
        """Fail with the diary if anything was not as it must be."""
        if self.truth.breaches:
            told = "\n".join(["", *self.truth.breaches, "--- diary", *self.diary[-DIARY_LINES:]])
            raise AssertionError(told)
