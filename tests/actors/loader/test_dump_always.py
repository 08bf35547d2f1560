"""In no sequence of events does a dump do what it may not."""

from dataclasses import dataclass, field, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from actors.dump import Dump, Order, Plan, energising
from actors.dump_conditions import Do, Seen, Step
from tests.actors.loader.run import CLOSED, DOWN, HALT, LOWER, OPEN, RAISE, WHERE


@dataclass
class World:
    """A loader as it stands, and what its drive and magnets make of orders. `lit`: magnets that may be energised."""

    valves: dict = field(default_factory=lambda: {"G": CLOSED, "H": OPEN, "M1": CLOSED, "M2": CLOSED})
    temperature_c: float | None = 20.0
    funnel: str = "up"
    moving: tuple = ()
    stalled: tuple = ()
    lit: set = field(default_factory=set)

    def seen(self):
        return Seen(dict(self.valves), self.temperature_c, self.funnel, self.moving, self.stalled)

    def allows_magnets(self):
        return (
            (self.valves.get("G"), self.valves.get("H")) == (CLOSED, OPEN)
            and self.temperature_c is not None
            and self.temperature_c <= 200.0
            and (self.funnel, self.moving, self.stalled) == ("down", (), ())
        )

    def obey(self, step):
        if step.magnet:
            self.valves[step.magnet] = OPEN if step.do is Do.ON else CLOSED
            (self.lit.add if step.do is Do.ON else self.lit.discard)(step.magnet)
        elif step.do is Do.HALT:
            self.moving = self.stalled = ()
        else:
            self.funnel, self.moving = "between", ("funnel_drive",)


TWO = replace(WHERE, magnets=("M1", "M2"))


LONG = Plan(
    (LOWER, *energising(TWO.magnets), RAISE), (HALT, *(Step(Do.OFF, name) for name in TWO.magnets), RAISE), 3.0, 30.0
)


CHANGES = (
    ("G", OPEN), ("G", CLOSED), ("G", None), ("H", CLOSED), ("H", OPEN), ("heat", 300.0), ("heat", 20.0),
    ("heat", None), ("funnel", "down"), ("funnel", "up"), ("funnel", "between"), ("funnel", ""),
    ("moving", ("feeder",)), ("moving", ()), ("moving", ("funnel_drive",)), ("stalled", ("funnel_drive",)),
    ("stalled", ()),
)  # fmt: skip


EVENTS = st.one_of(
    st.sampled_from(["look"] * 4 + ["obey"] * 4 + ["arrive"] * 3 + ["fails", "unknown", "late", "stop"]),
    st.sampled_from([0.1, 0.6, 3.1, 31.0]),
    st.sampled_from(CHANGES),
)


def change(world, what, to):
    if what in ("G", "H"):
        world.valves.pop(what, None)
        if to is not None:
            world.valves[what] = to
    elif what == "heat":
        world.temperature_c = to
    else:
        setattr(world, what, to)


def happen(dump, world, order, event, now):
    """Let one thing happen; return whether the look that was answered allowed magnets, None: it was no look."""
    if isinstance(event, tuple):
        change(world, *event)
    elif event == "stop":
        dump.stop("stopped", now)
    elif event == "arrive":
        world.funnel = "up" if world.funnel == "up" else "down"
        world.moving = ()
    elif event == "late":
        dump.ended(max(0, order.number - 1), "", now)
        dump.seen(max(0, order.number - 1), DOWN, now)
    elif order.step is None and event == "look":
        dump.seen(order.number, world.seen(), now)
        return world.allows_magnets()
    elif order.step is not None and event in ("obey", "fails", "unknown"):
        if event == "obey" or (event == "unknown" and order.step.do is not Do.OFF):
            world.obey(order.step)
        dump.ended(order.number, "" if event == "obey" else event, now)
    return None


@settings(max_examples=400, deadline=None)
@given(st.lists(EVENTS, max_size=80))
def test_no_sequence_of_events_energises_a_magnet_where_it_may_not_be(events):
    dump, world, now, order = Dump(TWO, LONG), World(), 0.0, Order(0, None)
    dump.begin(now)
    [order] = dump.take()
    for event in events:
        allowed = None
        ended_before = dump.ends
        if isinstance(event, float):
            now += event
            dump.tick(now)
        else:
            allowed = happen(dump, world, order, event, now)
        was_lit = bool(world.lit) and dump.active
        for each in dump.take():
            order = each
            if each.step is not None and each.step.do is Do.ON:
                assert allowed, f"{event}: {each}"
                assert not ended_before
            if each.step is not None and each.step.do is Do.LOWER:
                assert not ended_before
            if each.step is not None and each.step.do is Do.RAISE:
                assert not world.lit
        if allowed is False and was_lit and not ended_before and dump.phase in (Do.WAIT, Do.ON):
            raise AssertionError("it goes on")
        if not dump.active:
            assert not world.lit, "left energised"


@settings(max_examples=200, deadline=None)
@given(st.lists(EVENTS, max_size=60))
def test_whatever_has_happened_it_comes_to_an_end_with_the_magnets_off(events):
    dump, world, now, order = Dump(TWO, LONG), World(), 0.0, Order(0, None)
    dump.begin(now)
    [order] = dump.take()
    for event in [*events, "stop"]:
        if isinstance(event, float):
            now += event
            dump.tick(now)
        else:
            happen(dump, world, order, event, now)
        order = next(iter(dump.take()[-1:]), order)
    for _ in range(200):
        if not dump.active:
            break
        happen(dump, world, order, "look" if order.step is None else "obey", now)
        world.moving = ()
        now += 1.0
        dump.tick(now)
        order = next(iter(dump.take()[-1:]), order)
    assert not dump.active
    assert not world.lit
