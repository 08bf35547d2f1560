"""Several devices on one line: who greets, who is silent, and whose a late answer is."""

import pytest

from hardware.errors import BadReply, NoAnswer, NotSent
from tests.hardware.fakes import FakeLink
from tests.hardware.links.shared_line.bus import Bus, ComesLate


def test_the_link_is_opened_once_and_greeted_by_each():
    bus = Bus()
    bus.oven.on_open = lambda: bus.oven.send(b"oven here\n", acts=False)
    bus.gauge.on_open = lambda: bus.gauge.send(b"gauge here\n", acts=False)
    for exchange in (bus.oven, bus.gauge, bus.oven, bus.gauge):
        exchange.send(b"!\n")
    assert bus.links[0].sent == b"oven here\n!\ngauge here\n!\n!\n!\n"
    assert bus.line.opened == 1


def test_a_device_that_is_silent_leaves_its_neighbours_the_link():
    bus = Bus()
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.answers(b"1E-9\r\n")
    assert bus.gauge.ask(b"P?\n") == b"1E-9"
    assert (bus.line.opened, bus.links[0].closed_by) == (1, [])


def test_the_late_answer_of_one_is_never_taken_for_that_of_another():
    bus = Bus()
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.links[0].arrivals.append(b"800\r\n")
    bus.answers(b"1E-9\r\n")
    assert bus.gauge.ask(b"P?\n") == b"1E-9"


def test_nor_is_one_that_comes_only_now():
    bus = Bus(ComesLate(), FakeLink())
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.links[0].late = b"800\r\n"
    with pytest.raises(NoAnswer):
        bus.gauge.ask(b"P?\n")
    assert bus.links[0].late == b""


def test_after_a_broken_conversation_each_greets_again():
    bus = Bus()
    bus.gauge.on_open = lambda: bus.gauge.send(b"?\n", acts=False)
    bus.gauge.send(b"a\n")
    with pytest.raises(NoAnswer):
        bus.oven.ask(b"T?\n")
    bus.gauge.send(b"b\n")
    assert bus.links[0].sent == b"?\na\nT?\n?\nb\n"


def test_a_greeting_that_fails_leaves_the_neighbours_the_link_and_is_said_again():
    bus = Bus()
    bus.oven.on_open = lambda: bus.oven.ask(b"who?\n")
    for _ in range(2):
        with pytest.raises(NotSent, match=r"^oven: no answer to b'who\?\\n'"):
            bus.oven.send(b"heat\n")
        bus.gauge.send(b"!\n")
    assert bus.links[0].sent == b"who?\n!\nwho?\n!\n"
    assert bus.line.opened == 1


def test_a_greeting_that_is_not_understood_has_the_neighbours_greet_again():
    bus = Bus()

    def greet():
        raise BadReply("what?")

    bus.oven.on_open = greet
    bus.gauge.on_open = lambda: bus.gauge.send(b"gauge here\n", acts=False)
    bus.gauge.send(b"a\n")
    with pytest.raises(NotSent, match=r"what\?"):
        bus.oven.send(b"heat\n")
    bus.gauge.send(b"b\n")
    assert bus.links[0].sent == b"gauge here\na\ngauge here\nb\n"


def test_a_greeting_that_was_not_sent_keeps_nobody_waiting():
    bus = Bus()

    def greet():
        raise NotSent("no such slot")

    bus.oven.on_open = greet
    with pytest.raises(NotSent, match="no such slot"):
        bus.oven.send(b"heat\n")
    assert bus.line.quiet_from == 0.0
