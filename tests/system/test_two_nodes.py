"""The acquisition computer and its controller: what one of them does must not make the other say what is not so."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from hardware.simulation import Served
from tests.system.conftest import acquisition_site
from tests.system.nodes import ANY_LISTENER, Console, eventually, settings, starter_site

ASK = """
import threading
ends = {}
def ask(name, word, valve):
    try:
        ends[name] = str(word(valve))
    except Exception as why:
        ends[name] = f'{type(why).__name__}: {why}'
def begin(*asked):
    threads = [threading.Thread(target=ask, args=one) for one in asked]
    [thread.start() for thread in threads]
    return threads
"""


class Pair:
    """A controller with a console of its own, and the acquisition computer that commands it."""

    def __init__(self, folder: Path, instrument: Served) -> None:
        root = starter_site("valve_controller", folder / "valve")
        valves = root / "setupfiles" / "extractionline" / "valves.yaml"
        valves.write_text(valves.read_text().replace("settling_time: 0.1", "settling_time: 4.0"))
        device = f"devices.switch_controller.port={instrument.address}"
        self.controller = Console(
            "valve_controller", "--root", str(root), *settings(*ANY_LISTENER, device), home=folder / "there"
        )
        site = acquisition_site(folder / "acquisition", self.controller.ready())
        self.acquisition = Console(
            "acquisition", "--root", str(site), *settings(*ANY_LISTENER[:2]), home=folder / "here"
        )
        self.instrument = instrument
        self.await_state("A", "closed")

    def await_state(self, valve: str, state: str) -> None:
        look = f"print(state({valve!r}).state)"
        eventually(lambda: self.acquisition.say(look) == state, f"{valve} is {state}")

    def relay(self, channel: str) -> bool:
        return bool(self.instrument.simulator.relays[channel])  # type: ignore[attr-defined]


@pytest.fixture
def pair(tmp_path: Path, instrument: Served) -> Iterator[Pair]:
    made = Pair(tmp_path, instrument)
    with made.controller, made.acquisition:
        made.acquisition.tell(ASK)
        yield made


def test_a_line_that_was_restarted_there_is_understood_here(pair: Pair):
    for _ in range(4):
        pair.acquisition.say("open('A'); close('A')")
    assert pair.controller.say("restart('extraction_line')").startswith("extraction_line")
    pair.await_state("A", "closed")
    for word, state, closed in (("open", "open", True), ("close", "closed", False)) * 3:
        assert pair.acquisition.say(f"{word}('A')").startswith(f"A  {state}  (moved, ")
        assert pair.acquisition.say("print(state('A').state)") == state
        assert pair.relay("101") is closed
    assert pair.acquisition.leave() == 0


def test_a_valve_that_takes_its_time_delays_no_other_and_may_be_closed_meanwhile(pair: Pair):
    pair.acquisition.say("waiting = begin(('open E', open, 'E'))")
    eventually(lambda: pair.relay("105"), "E opens")
    pair.acquisition.say("waiting += begin(('close E', close, 'E'), ('open G', open, 'G'))")
    pair.acquisition.say("waiting[-1].join()")
    assert pair.relay("107")
    # E has not settled closed yet
    assert pair.acquisition.say("print('open G' in ends, 'close E' in ends)") == "True False"
    pair.acquisition.say("[thread.join() for thread in waiting]")
    ends = ast.literal_eval(pair.acquisition.say("print(ends)"))
    assert ends["open G"].startswith("G  open  (moved, ")
    assert ends["open E"].startswith("E  open  (moved, ")
    assert ends["close E"].startswith("E  closed  (moved, ")
    assert not pair.relay("105")
    assert pair.acquisition.leave() == 0


def test_a_valve_out_of_service_is_shown_here_and_is_put_back_after_a_restart_there(pair: Pair):
    assert pair.acquisition.say("out_of_service('C', 'it leaks')").startswith("C  out of service  (done, ")
    look = "print(state('C'))"
    eventually(lambda: "out of service: it leaks (" in pair.acquisition.say(look), "it is shown")
    pair.controller.say("restart('extraction_line')")
    pair.acquisition.say("restart('node.ExtractionLine')")
    eventually(lambda: "RAISED" not in pair.acquisition.say("lock('B'); unlock('B')"), "the node is up again")
    pair.await_state("C", "closed")
    assert "out of service: it leaks (" in pair.acquisition.say(look)
    assert pair.acquisition.say("in_service('C')").startswith("C  in service  (done, ")
    eventually(lambda: "out of service" not in pair.acquisition.say(look), "it is back")
    assert pair.acquisition.say("open('C')").startswith("C  open  (moved, ")
    assert pair.acquisition.leave() == 0


def test_shots_are_told_here_and_there(pair: Pair):
    pair.acquisition.say("open('C'); close('C'); open('D'); close('D'); open('C')")
    for console, node in ((pair.acquisition, "ExtractionLine"), (pair.controller, "valve_controller")):
        _count, headers, row = (line.split() for line in console.say("pipettes()").splitlines())
        assert headers == ["pipette", "shots", "filled", "last", "shot", "node"]
        assert (row[:3], row[-1]) == (["Air", "1", "filled"], node)
    assert pair.controller.leave() == 0
    told = pair.acquisition.say("pipettes()")
    assert "those of ExtractionLine are not known now: node ExtractionLine (127.0.0.1:" in told
    assert pair.acquisition.say("close('C')").startswith("RAISED NotConnected")
