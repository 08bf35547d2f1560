"""A loader among actors that the test is: a line, a furnace, a drive that do as they are told, or what is wrong."""

import time
from dataclasses import dataclass, field
from functools import partial

from actors.drive_motion import DriveSeen
from actors.loader import Loader
from actors.loader_look import LoaderSetup
from actors.messages import Kind, Move, Outcome, Query, Reason, State
from actors.picture import Picture, PictureRow
from hardware.drive import DriveReading
from tests.actors.house import Answers, request, until

SETUP = LoaderSetup(
    ("M",), funnel_drive="funnel_drive", up=0.0, down=120.0, tolerance=1.0, closed=("G",), magnets_s=0.2, step_s=5.0
)


@dataclass
class World:
    """How everything stands. `mute`: who does not answer; `refuse`: what is refused, by its word or valve."""

    valves: dict = field(default_factory=lambda: {"G": State.CLOSED, "M": State.CLOSED, "F": State.CLOSED})
    temperature_c: str = "20"
    position: float | None = 0.0
    moving: bool = False
    stalled: bool = False
    target: float = 0.0
    mute: set = field(default_factory=set)
    late: set = field(default_factory=set)  # who answers when `answer_late` is called
    refuse: dict = field(default_factory=dict)
    stalls: bool = False
    moves: list = field(default_factory=list)
    lit: list = field(default_factory=list)  # where the funnel was whenever the magnets were energised
    by: set = field(default_factory=set)
    ids: set = field(default_factory=set)  # of whatever is asked and ordered


class Rig:
    def __init__(self, house, setup=SETUP, *, without=(), **world):
        self.house, self.setup, self.world = house, setup, World(**world)
        self.chronicle, self.late = house.recorder("chronicle"), []
        for path, reaction in (
            ("extraction_line", self._line),
            ("furnace", self._furnace),
            ("device.funnel_drive", self._drive),
            ("device.feeder", self._feeder),
        ):
            if path not in without:
                house.recorder(path, partial(self._noted, reaction))
        house.start(Loader, "loader", setup)

    def ask(self, what, *args, **more):
        answers = Answers()
        self.house.tell("loader", Query(what, args, request(answers, **more)))
        return answers

    def outcome(self, what, *args, **more):
        return self.ask(what, *args, **more).wait()

    def text(self, what, *args):
        outcome = self.outcome(what, *args)
        assert outcome.kind is Kind.DONE, outcome
        return outcome.text

    def answer_late(self):
        """Answer who was asked first, as everything stands now; from then on everybody answers at once."""
        self.world.late.clear()
        until(lambda: self.late, "it was asked")
        reaction, message = self.late.pop(0)
        reaction(message)

    def restart(self):
        self.house.stop("loader")
        self.house.start(Loader, "loader", self.setup)

    def _noted(self, reaction, message):
        self.world.ids.add(message.request.id)
        reaction(message)

    def _line(self, message):
        world = self.world
        if "line" in world.mute:
            return
        if "line" in world.late:
            self.late.append((self._line, message))
            return
        if isinstance(message, Query):
            rows = (PictureRow(name, "valve", state, False, "", "not read yet") for name, state in world.valves.items())
            by_name = {row.name: row for row in rows}
            picture = Picture(1, tuple(by_name.values()), by_name)
            _answer(message, Outcome("query", "picture", Kind.DONE, value=picture))
            return
        assert isinstance(message, Move)
        if message.request.deadline < time.monotonic():
            text = f"{message.valve} was told too late"
            _answer(message, Outcome("open", message.valve, Kind.REFUSED, reason=Reason.EXPIRED, text=text))
            return
        world.moves.append((message.valve, message.target))
        world.by.add(message.request.by)
        if message.valve in world.refuse:
            text = world.refuse[message.valve]
            _answer(message, Outcome("open", message.valve, Kind.REFUSED, reason=Reason.OWNED, text=text))
            return
        if message.valve == "M" and message.target is State.OPEN:
            world.lit.append(world.position)
        world.valves[message.valve] = message.target
        _answer(message, Outcome("open", message.valve, Kind.MOVED, message.target))

    def _furnace(self, query):
        if "furnace" in self.world.late:
            self.late.append((self._furnace, query))
        elif "furnace" not in self.world.mute:
            _answer(query, Outcome(query.what, "Furnace", Kind.DONE, text=self.world.temperature_c))

    def _drive(self, query):
        world = self.world
        if "drive" in world.mute:
            return
        if query.what == "look":
            if world.moving:
                world.position, world.moving = world.target, False
                if world.stalls and world.target == self.setup.down:
                    world.position, world.stalled = 60.0, True
            seen = DriveSeen("funnel_drive", DriveReading(world.position, world.moving, world.stalled), 0.0)
            _answer(query, Outcome("look", "funnel_drive", Kind.DONE, value=seen))
            return
        world.moves.append((query.what, *query.args))
        world.by.add(query.request.by)
        if query.what in world.refuse:
            text = world.refuse[query.what]
            _answer(query, Outcome(query.what, "funnel_drive", Kind.REFUSED, reason=Reason.FAILED, text=text))
            return
        if query.what == "MoveAbsolute":
            world.target, world.moving = float(query.args[0]), True
        else:
            world.moving = world.stalled = False
        _answer(query, Outcome(query.what, "funnel_drive", Kind.DONE, text="OK"))

    def _feeder(self, query):
        if query.what == "look":
            seen = DriveSeen("feeder", DriveReading(0.0, moving="feeder" in self.world.refuse, stalled=False), 0.0)
            _answer(query, Outcome("look", "feeder", Kind.DONE, value=seen))
        else:
            self.world.moves.append(("feeder", query.what, *query.args))
            _answer(query, Outcome(query.what, "feeder", Kind.DONE, text="OK"))


def _answer(message, outcome):
    message.request.reply_to.answer(outcome)
