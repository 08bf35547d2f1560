"""What an instrument has to survive. Derive a test class from it, as from those of `hardware.conformance`.

class TestChiller(InstrumentConformance):
    klass = "my_lab.chiller:Chiller"
    asks = ("GetCoolant",)
    tells = {("SetCoolant", "15"): "15", ("SetCoolant", "30"): "30"}
    refuses = (("SetCoolant", "80"),)
"""

import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, ClassVar

import pytest

from actors.actor import Context
from actors.directory import Directory, Entry
from actors.instrument import Instrument
from actors.loop import Loop
from actors.messages import Kind, News, Outcome, Query, Reason, Request
from actors.promise import Promise
from hardware.conformance.actuator import prevent
from hardware.conformance.bench import LINE, Bench, also_on_a_line, on_one_wire

PATIENCE_S = 10.0
PATH = "device.bench"

Words = tuple[str, ...]


class InstrumentBench(Bench):
    """A bench with an instrument, which is the driver. It is looked at when it is pinged, and not by itself.

    Attributes:
        news: what it told, by topic: the last of each.
        check_act: called right before what may move something is written; what it raises prevents that.
    """

    def make_driver(self, kind: type[Any], settings: Any, _channels: Sequence[str]) -> Any:
        """Start the actor."""
        self.news: dict[str, News] = {}
        self.check_act: Callable[[], None] = lambda: None
        self._loop = Loop("node")
        self._loop.start()
        self._directory = Directory()
        context = Context("bench", "boot", {"node": self._loop}, self._directory, lambda _failed: None)

        def answer(actor: Any, word: str, args: Words) -> str:
            with self.exchange.guarded(lambda: None, acting=self.check_act):
                return str(kind.answer(actor, word, args))

        unwatched: Any = type(kind.__name__, (kind,), {"poll_s": 0.0, "answer": answer})
        ref = unwatched.start(context, PATH, settings, self.exchange)
        self._directory.enlist("chronicle", Entry(ref, self._hear, str, lambda: None))
        return ref

    def ask(self, what: str, *args: str, deadline: float | None = None) -> Outcome:
        """Ask it, and wait for its outcome. `deadline`: monotonic seconds."""
        promise = Promise()
        self.driver.tell(Query(what, args, Request(promise, deadline=deadline, received=time.monotonic())))
        outcome = promise.wait(PATIENCE_S)
        assert outcome is not None, f"{what} was not answered in {PATIENCE_S:g} s"
        return outcome

    def is_down(self) -> bool:
        """Whether it says that it does not reach its device."""
        entry = self._directory.get(PATH)
        assert entry is not None, "the actor has died"
        return entry.is_down()

    def close(self) -> None:
        """End it."""
        super().close()
        self.driver.stop(timeout=PATIENCE_S)
        self._loop.stop()

    def _hear(self, message: Any) -> bool:
        if isinstance(message, News):
            self.news[message.topic] = message
        return True


class InstrumentConformance:
    """The tests. The simulator has `faults`.

    Attributes:
        klass: the instrument's, as a device file names it.
        keys: of its device file, beside name, klass, port and timeout.
        asks: a word that moves nothing, with its arguments.
        tells: words that move something -> what `asks` is answered then, all different; two at least, or none.
        refuses: words with arguments that it does not take.
        wires: on what it is tried: "tcp", "pty".
    """

    klass: ClassVar[str]
    keys: ClassVar[Mapping[str, Any]] = {}
    asks: ClassVar[Words]
    tells: ClassVar[Mapping[Words, str]] = {}
    refuses: ClassVar[Sequence[Words]] = ()
    wires: ClassVar[Sequence[str]] = ("tcp", "pty")
    line_keys: ClassVar[Mapping[str, Any]] = {}

    def make_bench(self, wire: str, folder: Path) -> InstrumentBench:
        """Return the bench of one test."""
        return InstrumentBench(self.klass, wire, {**self.keys, **(self.line_keys if wire == LINE else {})}, (), folder)

    def test_what_it_is_told_is_what_it_answers(self, bench: InstrumentBench) -> None:
        """Each time anew."""
        for words, answer in self.tells.items():
            assert bench.ask(*words).kind is Kind.DONE
            self._answers(bench, answer)
        assert bench.ask(*self.asks).kind is Kind.DONE
        assert not bench.is_down()

    @on_one_wire
    def test_what_it_does_not_take_is_refused_before_anything_is_sent(self, bench: InstrumentBench) -> None:
        """Not even the link is opened for it."""
        for words in self.refuses:
            outcome = bench.ask(*words)
            assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.BAD_ARGUMENTS), words
        assert bench.exchange.opened == 0

    @on_one_wire
    def test_after_its_deadline_nothing_is_sent(self, bench: InstrumentBench) -> None:
        """A command that is too late does nothing."""
        for words in (*self.tells, self.asks):
            outcome = bench.ask(*words, deadline=time.monotonic() - 1.0)
            assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.EXPIRED)
        assert bench.exchange.opened == 0

    @on_one_wire
    def test_what_moves_something_is_told_as_an_act(self, bench: InstrumentBench) -> None:
        """With `acts=True`: what is prevented then is not done, and a question is no act."""
        first, second = self._two()
        bench.ask(*first)
        allow, bench.check_act = bench.check_act, prevent
        assert bench.ask(*second).kind is not Kind.DONE
        assert bench.ask(*self.asks).kind is Kind.DONE
        bench.check_act = allow
        self._answers(bench, self.tells[first])

    def test_a_damaged_answer_is_no_answer_and_no_refusal(self, bench: InstrumentBench) -> None:
        """The device has done what it was told; what it said cannot be read."""
        first, second = self._two()
        bench.ask(*first)
        bench.simulator.faults.garble = True
        outcome = bench.ask(*self.asks)
        assert outcome.kind is Kind.UNKNOWN or outcome.text == self.tells[first], outcome
        outcome = bench.ask(*second)
        assert outcome.kind is not Kind.REFUSED, outcome
        bench.simulator.faults.garble = False
        self._answers(bench, self.tells[second], tries=4)

    @on_one_wire
    def test_silence_is_unknown(self, bench: InstrumentBench) -> None:
        """And it is down until it answers."""
        first, second = self._two()
        bench.ask(*first)
        bench.simulator.faults.mute = True
        for words in (second, self.asks):
            assert bench.ask(*words).kind is Kind.UNKNOWN
        assert bench.is_down()
        bench.simulator.faults.mute = False
        self._answers(bench, self.tells[second], tries=4)
        assert not bench.is_down()

    @also_on_a_line
    def test_a_late_answer_is_never_taken_for_the_next_one(self, bench: InstrumentBench) -> None:
        """It was told something else meanwhile."""
        first, second = self._two()
        bench.ask(*first)
        bench.simulator.faults.slow_s = bench.timeout_s * 1.2
        assert bench.ask(*self.asks).kind is Kind.UNKNOWN
        bench.simulator.faults.slow_s = 0.0
        bench.ask(*second)
        self._answers(bench, self.tells[second], tries=4)

    def test_unplugged_nothing_is_done_and_plugged_in_it_goes_on(self, bench: InstrumentBench) -> None:
        """By itself, with the next question."""
        first, second = self._two()
        bench.ask(*first)
        bench.unplug()
        bench.ask(*self.asks)  # on some wires it is found out only when nobody answers
        for words in (second, self.asks):
            outcome = bench.ask(*words)
            assert (outcome.kind, outcome.reason) == (Kind.REFUSED, Reason.NOT_CONNECTED)
        assert bench.ask("ping").text == "False"
        bench.plug_in()
        self._answers(bench, self.tells[first], tries=2)
        assert bench.ask("ping").text == "True"

    def test_hung_up_on_in_the_middle_it_says_so(self, bench: InstrumentBench) -> None:
        """The device acts, and hangs up instead of answering."""
        first, second = self._two()
        bench.ask(*first)
        bench.simulator.faults.disconnect = True
        assert bench.ask(*second).kind is Kind.UNKNOWN
        bench.simulator.faults.disconnect = False
        bench.unplug()  # a pseudo-terminal that was dropped does not come back by itself
        bench.plug_in()
        self._answers(bench, self.tells[second], tries=2)

    @on_one_wire
    def test_what_it_told_is_unknown_when_it_is_lost(self, bench: InstrumentBench) -> None:
        """And told again when it is back."""
        if bench.driver.actor_class.look is Instrument.look:
            pytest.skip("it has no look")
        for fault, quality in ((False, "good"), (True, "unknown"), (False, "good")):
            bench.simulator.faults.mute = fault
            assert bench.ask("ping").text == str(not fault)
            assert bench.news
            assert {news.quality for news in bench.news.values()} == {quality}

    def _two(self) -> tuple[Words, Words]:
        if not self.tells:
            pytest.skip("it moves nothing")
        first, second, *_ = self.tells
        return first, second

    def _answers(self, bench: InstrumentBench, answer: str, *, tries: int = 1) -> None:
        """Assert that within some tries it answers so, and nothing else before."""
        for _ in range(tries):
            outcome = bench.ask(*self.asks)
            if outcome.kind is Kind.DONE:
                assert outcome.text == answer
                return
        raise AssertionError(f"it did not answer in {tries} tries")
