"""What a library keeps open: one per process and device, whoever uses it."""

import threading
import time

import pytest

from hardware.errors import BadReply, DeviceRefused, LinkDown, NotSent
from hardware.held import Held
from tests.hardware.fakes import Caller


class Thing:
    """What is held."""

    def __init__(self) -> None:
        self.closed = 0

    def close(self):
        self.closed += 1
        raise OSError("it is gone")


class Shelf:
    """Opens things, unless it is empty, and remembers them."""

    def __init__(self) -> None:
        self.problem = None
        self.opened = []

    def __call__(self):
        if self.problem:
            raise self.problem
        self.opened.append(Thing())
        return self.opened[-1]


@pytest.fixture
def shelf():
    return Shelf()


@pytest.fixture
def held(shelf):
    made = Held("box", 0.05, shelf)
    yield made
    made.end()


def look(held, **keys):
    with held.looking(**keys) as thing:
        return thing


def act(held):
    with held.acting() as thing:
        return thing


def fail(held, problem):
    with held.looking():
        raise problem


def test_making_one_opens_nothing(held, shelf):
    assert (held.opened, shelf.opened) == (0, [])


def test_it_is_opened_once_and_stays_open(held, shelf):
    assert look(held) is look(held)
    assert (held.opened, len(shelf.opened)) == (1, 1)


def test_what_follows_takes_over_what_is_open(held, shelf):
    thing = look(held, at_all=True)
    later = Held("box", 0.05, shelf)
    assert act(later) is thing
    with pytest.raises(NotSent, match=r"^box: not used any more: a new actor has taken the device over$"):
        look(held)
    with pytest.raises(NotSent, match="not used any more"):
        act(held)


@pytest.mark.parametrize(("name", "what"), [("crate", ""), ("box", "serial number 2")])
def test_another_device_is_another_thing(held, shelf, name, what):
    other = Held(name, 0.05, shelf, what)
    assert look(other) is not look(held)
    other.end()
    assert (shelf.opened[0].closed, shelf.opened[1].closed) == (1, 0)


@pytest.mark.parametrize("problem", [LinkDown("gone"), BadReply("nonsense")])
def test_what_has_failed_is_closed_and_opened_again(held, shelf, problem):
    look(held)
    with pytest.raises(type(problem), match=r"^box: "):
        fail(held, problem)
    assert shelf.opened[0].closed == 1
    look(held)
    assert (held.opened, len(shelf.opened)) == (2, 2)


def test_what_the_device_refuses_leaves_it_open(held, shelf):
    with pytest.raises(DeviceRefused, match=r"^box: no$"):
        fail(held, DeviceRefused("no"))
    assert shelf.opened[0].closed == 0


@pytest.mark.parametrize(
    ("problem", "text"), [(NotSent("no such box"), "no such box"), (OSError("busy"), "cannot be opened: OSError: busy")]
)
def test_what_cannot_be_opened_is_not_sent_and_tried_again(held, shelf, problem, text):
    shelf.problem = problem
    with pytest.raises(NotSent, match=f"^box: {text}$"):
        look(held)
    shelf.problem = None
    assert look(held)


def test_nobody_acts_on_what_was_never_looked_at(held, shelf):
    with pytest.raises(NotSent, match="it has to be read first"):
        act(held)
    assert shelf.opened == []
    look(held)
    with pytest.raises(NotSent, match="it has to be read first"):
        act(held)
    look(held, at_all=True)
    assert act(held)


def test_nobody_acts_on_what_was_lost_since(held):
    look(held, at_all=True)
    with pytest.raises(LinkDown):
        fail(held, LinkDown("gone"))
    with pytest.raises(NotSent, match="it has to be read first"):
        act(held)
    look(held)
    with pytest.raises(NotSent, match="it has to be read first"):
        act(held)


def test_a_look_that_fails_is_none(held):
    with pytest.raises(DeviceRefused), held.looking(at_all=True):
        raise DeviceRefused("no")
    with pytest.raises(NotSent, match="it has to be read first"):
        act(held)


def test_under_a_guard_its_checks_decide(held, shelf):
    asked = []

    def check():
        asked.append(("check", len(shelf.opened)))

    def acting():
        asked.append(("acting", held.opened))

    with held.guarded(check, acting):
        assert act(held)
    assert asked == [("check", 1), ("acting", 1)]  # after it was opened
    assert held.let_through


def test_an_inner_guard_does_not_take_the_place_of_the_outer(held):
    look(held, at_all=True)
    asked = []
    with held.guarded(lambda: asked.append("outer")):
        with held.guarded(lambda: asked.append("inner")):
            act(held)
        act(held)
    assert asked == ["outer", "inner", "outer"]
    act(held)
    assert len(asked) == 3


def test_what_was_not_sent_leaves_it_open(held, shelf):
    with pytest.raises(NotSent, match=r"^box: not now$"):
        fail(held, NotSent("not now"))
    assert shelf.opened[0].closed == 0


def test_a_guard_that_objects_prevents_the_act_and_drops_nothing(held, shelf):
    look(held, at_all=True)

    def object_to_it():
        raise TimeoutError

    with pytest.raises(TimeoutError), held.guarded(object_to_it):
        act(held)
    assert not held.let_through
    assert shelf.opened[0].closed == 0
    assert act(held)


def test_a_look_needs_no_guards_consent(held):
    with held.guarded(lambda: pytest.fail("it was asked")):
        look(held)


def test_while_an_earlier_call_hangs_nobody_else_uses_it(held, shelf):
    look(held, at_all=True)
    hangs, goes_on = threading.Event(), threading.Event()

    def hang():
        with held.looking():
            hangs.set()
            goes_on.wait(5)

    caller = Caller(hang)
    assert hangs.wait(5)
    later = Held("box", 0.05, shelf)
    for use in (look, act):
        with pytest.raises(NotSent, match="an earlier call has not returned"):
            use(later)
    patient = Held("box", 30.0, shelf)
    began = time.monotonic()
    with pytest.raises(NotSent, match="an earlier call has not returned"):
        act(patient)
    assert time.monotonic() - began < 5
    goes_on.set()
    caller.end()
    assert look(patient, at_all=True)
    assert act(patient)
