"""A controller that is killed again and again under load, and everything that must be so after each time."""

import json
import os
import random
import shutil
import sqlite3
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from actors.intents import IntentLog
from hardware.simulation import Served
from tests.system.conftest import Controller, controller_flags
from tests.system.kill_clients import PIPETTE, Client, Told
from tests.system.nodes import RoleProcess, eventually, settings
from tests.system.wire import wait_until_known

LATE_S = 0.1  # for a journal row behind its reply
VALVES = {"A": "101", "B": "102", "C": "103", "D": "104", "E": "105", "F": "106", "G": "107"}
WHOLE_EVERY = 10  # rounds: a valve whose move was cut short is unknown for some seconds, and that is waited for
HANDS = (("A", "E"), ("B", "F"), ("C", "D"), ("G",))  # each valve is in one client's hands: nobody joins its moves


class Metronome:
    """Feels how long this computer lets its processes wait: on a busy one nobody can be on time."""

    def __init__(self) -> None:
        self._stop = threading.Event()
        self._stalls: list[tuple[float, float]] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        if hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(0, {max(os.sched_getaffinity(0))})  # where a node goes, too
        last = time.monotonic()
        while not self._stop.wait(0.005):
            now = time.monotonic()
            self._stalls.append((now, now - last - 0.005))
            last = now

    def worst_s(self, since: float) -> float:
        """Return the longest wait since then (monotonic seconds)."""
        return max((stall for at, stall in tuple(self._stalls) if at >= since), default=0.0)

    def stop(self) -> None:
        """End it."""
        self._stop.set()
        self._thread.join()


@contextmanager
def metronome() -> Iterator[Metronome]:
    """Have one for a while."""
    running = Metronome()
    try:
        yield running
    finally:
        running.stop()


class KillLoop:
    """Rounds of: start, check, load, kill, check the files. `counts` says what was seen in all of them.

    Args:
        root: the site, which outlives its processes; home: their HOME.
        instrument: the relays, which outlive them too.
    """

    def __init__(self, root: Path, home: Path, instrument: Served, seed: int) -> None:
        self._root, self._home, self._instrument = root, home, instrument
        self._random = random.Random(seed)  # noqa: S311 - it is to be repeatable
        self._facts: dict[tuple[str, str], bool | None] = {}
        self._journaled: set[str] = set()
        self._armed, self._shots = False, 0
        self.counts: Counter[str] = Counter()
        self.latest_row_s = 0.0

    def run(self, rounds: int) -> None:
        """Kill it so many times, and look at what the last one left."""
        with metronome() as felt:
            for _ in range(rounds):
                if self._random.random() < 0.15:
                    self._killed_while_it_starts()
                else:
                    self._killed_under_load(felt)
                self.counts["kills"] += 1
        controller = self._start()
        with controller.role:
            self._look_at_the_node(controller, whole=True)
            assert controller.role.stop() == 0

    def _process(self) -> RoleProcess:
        soon = settings("devices.switch_controller.timeout=0.25")  # so that doubts end sooner
        flags = controller_flags(self._root, self._instrument, *soon)
        return RoleProcess("valve_controller", *flags, home=self._home)

    def _start(self) -> Controller:
        role = self._process()
        try:
            return Controller(self._root, role, self._instrument, role.ready())
        except BaseException:
            role.kill()
            raise

    def _killed_while_it_starts(self) -> None:
        role = self._process()
        time.sleep(self._random.uniform(0.0, 0.7))  # any moment of a start is to be hit
        role.kill()
        self.counts["kills while it starts"] += 1
        self._look_at_the_files([], float("-inf"))

    def _killed_under_load(self, felt: Metronome) -> None:
        controller = self._start()
        with controller.role:
            self._look_at_the_node(controller, whole=self.counts["kills"] % WHOLE_EVERY == WHOLE_EVERY - 1)
            told = [
                Told({}, {key: holds for key, holds in self._facts.items() if key[1] in valves}, armed=self._armed)
                for valves in HANDS
            ]
            clients = [
                Client(controller.port, valves, heard, self._random.getrandbits(32))
                for valves, heard in zip(HANDS, told, strict=True)
            ]
            time.sleep(self._random.uniform(0.0, 0.5))  # any moment of its work is to be hit
            killed_at = time.monotonic()
            controller.role.process.kill()
            controller.role.ended()
            for client in clients:
                client.join()
        for heard in told:
            assert heard.errors == []
            self._facts.update(heard.facts)
        stall_s = felt.worst_s(since=killed_at - 1.0)
        self._look_at_the_files(told, killed_at - LATE_S - stall_s)

    def _look_at_the_files(self, told: list[Told], journaled_by: float) -> None:
        """Look at a copy of what a killed process left: opening the store itself would change it."""
        copy = self._root.parent / "copy"
        shutil.rmtree(copy, ignore_errors=True)
        copy.mkdir()
        for end in ("", "-wal"):
            if (left := self._root / "state" / f"store.sqlite{end}").exists():
                shutil.copy(left, copy)
        if not (copy / "store.sqlite").exists():
            assert not self._facts
            return
        with closing(sqlite3.connect(copy / "store.sqlite")) as db:
            assert db.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
            self._look_at_facts(set(db.execute("SELECT fact, subject FROM facts")))
            self._look_at_shots(db, sum(heard.shots for heard in told))
            self._look_at_journal(db, told, journaled_by)

    def _look_at_facts(self, kept: set[tuple[str, str]]) -> None:
        for key, holds in self._facts.items():
            if holds is None:
                self.counts["promises without an answer"] += 1
            else:
                assert (key in kept) is holds, f"{key} was answered {holds}, and is {key in kept}"
                self.counts["promises kept"] += 1
            self._facts[key] = key in kept

    def _look_at_shots(self, db: sqlite3.Connection, answered: int) -> None:
        """No answered shot is lost. One that was not answered may count, and so may one that the next look finds."""
        found = db.execute("SELECT value FROM facts WHERE fact = 'pipette' AND subject = ?", (PIPETTE,)).fetchone()
        if found is None:
            assert not self._shots
            return
        kept = json.loads(found[0])
        assert self._shots + answered <= kept["shots"] <= self._shots + answered + 2
        self._armed, self._shots = kept["armed"], kept["shots"]
        self.counts["shots kept"] += answered

    def _look_at_journal(self, db: sqlite3.Connection, told: list[Told], journaled_by: float) -> None:
        rows = {str(trace) for (trace,) in db.execute("SELECT trace FROM journal WHERE verb IN ('open', 'close')")}
        for trace, at in ((trace, at) for heard in told for trace, at in heard.moves.items()):
            self.counts["moves answered"] += 1
            if trace in rows:
                self.counts["moves journaled"] += 1
                continue
            before_s = journaled_by + LATE_S - at
            assert at > journaled_by, f"a move answered {before_s:.3f} s before the kill is not in the journal"
            self.latest_row_s = max(self.latest_row_s, before_s)
        assert rows >= self._journaled, "a row that was there once is gone"
        self._journaled = rows
        moved = "verb IN ('open', 'close') AND outcome = 'moved'"
        counted = dict(db.execute("SELECT valve, moved FROM counts WHERE moved > 0"))
        assert counted == dict(db.execute(f"SELECT valve, count(*) FROM journal WHERE {moved} GROUP BY valve"))  # noqa: S608

    def _look_at_the_node(self, controller: Controller, *, whole: bool) -> None:
        """Look at what a restarted node says: never anything but the truth, and soon the whole truth."""
        with controller.client() as client:
            client.hello()
            self._compare(client.command("GetValveStates"), whole=False)
            locks = _word(client.command("GetValveLockStates"))
            if whole:
                wait_until_known(controller.port, *VALVES)
                self._compare(client.command("GetValveStates"), whole=True)
                eventually(lambda: self._open_intents() == {}, "every intent has an end")
                self.counts["times that all was known again"] += 1
        for (fact, valve), holds in self._facts.items():
            if fact == "lock" and holds is not None:
                assert (locks[valve] == "1") is holds, f"the lock of {valve}: {locks}"
        self.counts["starts"] += 1

    def _compare(self, states: str, *, whole: bool) -> None:
        relays = self._instrument.simulator.relays  # type: ignore[attr-defined]
        for valve, state in _word(states).items():
            assert state != "?" or not whole, states
            assert state in ("?", "1" if relays[VALVES[valve]] else "0"), f"{valve}: {states}, relays {relays}"

    def _open_intents(self) -> dict[str, object]:
        log = IntentLog(self._root / "state" / "intents")
        log.close()
        return dict(log.open)


def _word(answer: str) -> dict[str, str]:
    """Return valve -> what a word says of it, without its checksum."""
    return {entry[0]: entry[1] for entry in answer[:-4].split(",") if entry}
