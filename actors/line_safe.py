"""The safe state: what was not written yet is void, nothing opens, and the valves are brought where they belong.

It overtakes queued work and ignores owners; it obeys locks, and the rules, except that between its own members its
order says which closes first. Each step is confirmed before the next begins; what could not be brought there is named.
"""

import itertools
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

from actors.facts import Kept
from actors.line_durable import Durable, late, stamp
from actors.line_latch import LATCH, Latch
from actors.line_terms import Terms
from actors.messages import Kind, Move, News, Reason, Refusal, Request, SafeState
from actors.promise import Nobody
from actors.safe_run import Run, StepAgain, StepEnded, StepReply, is_there
from actors.table import SafeStep

STEP_S = 10.0  # in which a valve that is busy is asked again
AGAIN_S = 0.1
UNFINISHED = "safe_state_unfinished"
_numbers = itertools.count(1)  # of runs: no two lines of one process give the same


class Safe:
    """A part of the extraction line.

    Args:
        steps: this node's, in order.
        nodes: paths of those that have safe states of their own.
        move: hands a move to the line.
        void_all: takes back what has not been written.
        later: tells the line a message after so many seconds.
        scripts: what tells each script of this process that it is over, and by whom.
        latch: lets nothing open.
        shared: what this line leaves to the next one of this process.
    """

    def __init__(
        self,
        durable: Durable,
        terms: Terms,
        path: str,
        steps: Sequence[SafeStep],
        nodes: Sequence[str],
        *,
        move: Callable[[Move], None],
        void_all: Callable[[Refusal], None],
        later: Callable[[float, object], None],
        scripts: Callable[[], Iterable[Callable[[str], None]]],
        latch: Latch,
        shared: dict[str, Any],
    ) -> None:
        self._durable, self._path, self._latch, self._shared = durable, path, latch, shared
        self._ledger = durable.ledger
        self._steps, self._nodes = steps, nodes
        self._move, self._void_all, self._later, self._scripts = move, void_all, later, scripts
        self._run: Run | None = None
        self._clearing: Run | None = None
        self._alarmed = False
        terms.members = frozenset(step.valve for step in steps)

    def wish(self, wish: SafeState) -> None:
        """Call the safe state, or clear it."""
        request = wish.request
        if late(request):
            verb = "clear safe state" if wish.clear else "safe state"
            text = "its deadline passed before it could be carried out"
            self._durable.refuse(request, verb, "", Reason.EXPIRED, text)
        elif wish.clear:
            self._clear(wish)
        else:
            self._begin(wish)

    def _begin(self, wish: SafeState) -> None:
        request = wish.request
        who = stamp(request.by)
        on_its_way = self._latch.hold(who)
        self._void_all(Refusal(Reason.EXPIRED, f"the safe state was called by {who} before it could be carried out"))
        self._abort_scripts(who)
        self._ledger.log.warning("safe_state.called", by=request.by, trace=request.trace, steps=len(self._steps))
        self._ledger.tell("chronicle", News("safe_state", "called", trace=request.trace, extra={"by": who}))
        if self._clearing is not None:
            self._cleared(f"the safe state was called again by {who}")
        if self._run is not None:
            run = self._run
            run.asked.append(request)
        else:
            run = self._run = Run(next(_numbers), time.monotonic(), [request], set())
        self._wait_for_latch(run, on_its_way=on_its_way)
        if not wish.here and not run.everywhere:
            run.everywhere = True
            self._tell_nodes(run, clear=False)
        if run.step < 0:
            self._next(run)
        else:
            self._end_if_done(run)  # it may have waited for nothing but a latch that nobody keeps now

    def _abort_scripts(self, who: str) -> None:
        for abort in self._scripts():
            try:
                abort(who)
            except Exception as error:  # the valves come first, whatever a script's end raises
                self._ledger.log.exception("script.not_told", why=str(error))

    def _wait_for_latch(self, run: Run, *, on_its_way: bool) -> None:
        """Answer nobody before it is on disk that Opens are latched, or known not to be."""
        if on_its_way:
            run.waiting.add(LATCH)
            run.not_kept = ""
        else:
            run.waiting.discard(LATCH)
            run.not_kept = "the store is not running"

    def _tell_nodes(self, run: Run, *, clear: bool) -> None:
        for node in self._nodes:
            run.waiting.add(node)
            if not self._ledger.tell(node, SafeState(clear, self._request(run.asked[0], run, -1, node))):
                run.waiting.discard(node)
                run.not_there.append(f"{node} is not running")

    def _request(self, asked: Request, run: Run, step: int, who: str) -> Request:
        tell = lambda message: self._ledger.tell(self._path, message)  # noqa: E731
        reply = StepReply(tell, run.number, step, who)
        return Request(reply, asked.by, asked.trace, None, time.monotonic(), origin=asked.origin)

    def _next(self, run: Run) -> None:
        """Begin the next step that has a target, or end."""
        while run.step + 1 < len(self._steps):
            run.step += 1
            run.step_began = time.monotonic()
            if self._ask(run):
                return
        run.stepped = True
        self._end_if_done(run)

    def _ask(self, run: Run) -> bool:
        step = self._steps[run.step]
        if step.target is None:
            return False
        request = self._request(run.asked[0], run, run.step, step.valve)
        run.disturbed = self._durable.moving
        self._move(Move(step.valve, step.target, request, safe=True))
        return True

    def again(self, again: StepAgain) -> None:
        """Ask a valve once more that was busy."""
        run = self._run
        if run is not None and (run.number, run.step) == (again.run, again.step):
            self._ask(run)

    def ended(self, ended: StepEnded) -> None:
        """Take a step's end, or another node's."""
        outcome = ended.outcome
        run = next((one for one in (self._run, self._clearing) if one is not None and one.number == ended.run), None)
        if run is None:
            return
        if ended.step < 0:
            run.waiting.discard(ended.who)
            node = ended.who.removeprefix("node.")
            if outcome.ok:
                run.told[node] = outcome.text if len(outcome.text) > len("OK") else "did what its own site says"
            else:
                run.not_there.append(f"{node}: {outcome.text}")
            if run is self._clearing and not run.waiting:
                self._cleared("")
        elif ended.step == run.step:
            in_motion = run.disturbed and outcome.reason is Reason.INTERLOCKED
            busy = in_motion or outcome.reason in (Reason.BUSY, Reason.EXPIRED)
            if busy and time.monotonic() - run.step_began < STEP_S:
                self._later(AGAIN_S, StepAgain(run.number, run.step))
                return
            step = self._steps[run.step]
            if is_there(self._ledger.table, step, outcome, time.monotonic()):
                run.confirmed += 1
            else:
                run.not_there.append(f"{ended.who} is not {step.target}: {outcome.text}")
            self._next(run)
            return
        self._end_if_done(run)

    def _end(self, run: Run) -> None:
        self._run = None
        took_ms = (time.monotonic() - run.began) * 1000
        if run.not_there or run.not_kept:
            there = f"not in the safe state: {'; '.join(run.not_there)}" if run.not_there else self._reached(run)
            text = f"{there}; a restart would forget the latch: {run.not_kept}" if run.not_kept else there
            self._alarm(text)
            for request in run.asked:
                self._ledger.answer(request, "safe state", "", Kind.UNKNOWN, text, Reason.FAILED)
            return
        self._end_alarm()
        self._ledger.log.info("safe_state.reached", confirmed=run.confirmed, took_ms=round(took_ms, 1))
        self._ledger.tell("chronicle", News("safe_state", "reached"))
        for request in run.asked:
            self._ledger.answer(request, "safe state", "", Kind.DONE, self._reached(run), None)

    def _reached(self, run: Run) -> str:
        """Return what was done, by this node and by those that have safe states of their own."""
        there = "".join(f"; {node}: {text}" for node, text in run.told.items())
        if self._steps:
            return f"{_count(run.confirmed)} confirmed, Opens are latched{there}"
        return f"no safe state is configured here{there or ': nothing was moved'}; Opens are latched"

    def _clear(self, wish: SafeState) -> None:
        """Let valves open again, here and on the nodes that this one speaks for."""
        if self._run is not None:
            text = "the line is being brought into its safe state; clear it then"
            self._durable.refuse(wish.request, "clear safe state", "", Reason.BUSY, text)
            return
        if self._clearing is not None:
            self._clearing.asked.append(wish.request)
            return
        run = self._clearing = Run(next(_numbers), time.monotonic(), [wish.request], {LATCH, *self._nodes})
        if not self._latch.wish_free():
            self._latch.hold_on()
            self._cleared("the store is not running: that it is cleared could not be kept")
            return
        self._tell_nodes(run, clear=True)

    def kept(self, kept: Kept) -> None:
        """Let valves open again: that they may is on disk."""
        if kept.keep.value:
            self._latched(kept)
            return
        run = self._clearing
        if run is None or LATCH not in run.waiting:
            return  # it was called again meanwhile
        if kept.error:
            self._latch.hold_on()
            self._cleared(kept.error)
            return
        run.waiting.discard(LATCH)
        self._latch.free()
        by = run.asked[0].by
        self._ledger.log.warning("safe_state.cleared", by=by)
        self._ledger.tell("chronicle", News("safe_state", "cleared", extra={"by": stamp(by)}))
        if not run.waiting:
            self._cleared("")

    def _latched(self, kept: Kept) -> None:
        run = self._run
        if run is None or LATCH not in run.waiting or kept.keep.value != self._latch.who:
            return  # it was called again since, or said already
        run.waiting.discard(LATCH)
        if kept.error:
            run.not_kept = kept.error
        self._end_if_done(run)

    def _end_if_done(self, run: Run) -> None:
        if run is self._run and run.step + 1 >= len(self._steps) and run.stepped and not run.waiting:
            self._end(run)

    def _cleared(self, error: str) -> None:
        run, self._clearing = self._clearing, None
        assert run is not None
        problems = "; ".join([*([error] if error else []), *run.not_there])
        kind, reason = (Kind.REFUSED, Reason.FAILED) if problems else (Kind.DONE, None)
        text = f"the safe state is not cleared everywhere: {problems}" if problems else "Opens are permitted again"
        for request in run.asked:
            self._ledger.answer(request, "clear safe state", "", kind, text, reason)

    def let_go(self) -> None:
        """Answer whoever waits: the line ends."""
        run, self._run = self._run, None
        if self._clearing is not None:
            self._cleared("the extraction line stopped")
        if run is not None and not run.resumed:  # what has ended two lines is not tried a third time
            self._shared[UNFINISHED] = SafeState(False, replace(run.asked[0], reply_to=Nobody()), not run.everywhere)
        for request in run.asked if run is not None else ():
            text = "the extraction line stopped before the safe state was reached; Opens stay latched"
            self._ledger.answer(request, "safe state", "", Kind.UNKNOWN, text, Reason.INTERNAL)

    def resume(self) -> None:
        """Go on with what an earlier line of this process was called for, and did not bring to its end."""
        unfinished: SafeState | None = self._shared.pop(UNFINISHED, None)
        if unfinished is not None and self._run is None and self._latch.who:
            self._begin(unfinished)
            if self._run is not None:
                self._run.resumed = True

    def _end_alarm(self) -> None:
        if self._alarmed:
            self._alarmed = False
            self._ledger.tell("chronicle", News("alarm.safe_state", "", extra={"text": "it has been reached since"}))

    def _alarm(self, text: str) -> None:
        self._alarmed = True
        self._ledger.log.error("safe_state.not_reached", why=text)
        self._ledger.tell("chronicle", News("safe_state", "not reached", extra={"why": text}))
        self._ledger.tell("chronicle", News("alarm.safe_state", "failed", extra={"text": text}))


def _count(valves: int) -> str:
    return "1 valve" if valves == 1 else f"{valves} valves"
