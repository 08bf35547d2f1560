"""What is measured: each figure in laps that alternate between the plain server and ours, so that a busy moment of the
machine falls on both; the ratio is the median of the pairs' ratios.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from statistics import median

from tests.benchmarks import reference
from tests.benchmarks.controller import Controller, console_s, controller, rss_mb, valve_names
from tests.benchmarks.load import Caller, Crowd, Lap, frame
from tests.benchmarks.pinning import Cores
from tests.benchmarks.reference import Reference
from tests.benchmarks.table import Figure

CLIENTS = 16
MANY_CLIENTS = 256
IDLE_CLIENTS = 1000
VALVES = 300  # a valve for each of many clients
WARM_UP = 100
ENOUGH_PER_S = 60_000  # with less, the load or a busy machine is the limit, and flatters us
FEWEST_PAIRS = 3


@dataclass(frozen=True)
class Effort:
    """How much is measured. `trips`: round trips per lap; `crowd_s`: seconds per lap of 16 clients."""

    pairs: int = 31
    trips: int = 1000
    crowd_s: float = 0.25
    words: int = 200
    starts: int = 5


QUICK = Effort(pairs=7, trips=400, crowd_s=0.15, words=60, starts=1)


@dataclass
class Measurement:
    """One run. `notes`: what a reader of the table must know besides."""

    cores: Cores
    effort: Effort = field(default_factory=Effort)
    notes: list[str] = field(default_factory=list)
    _moves: int = 0

    def figures(self) -> Iterator[Figure]:
        """Yield each figure as soon as it is known."""
        with ExitStack() as stack:
            with self.cores.for_servers():
                plain = stack.enter_context(reference.running())
                ours = stack.enter_context(controller(VALVES))
            rss_at_start_mb = rss_mb(ours.pid)
            with self.cores.for_load():
                yield from self._round_trips(plain, ours)
                yield self._crowd(plain, ours)
                yield from self._many(plain, ours)
            yield self._memory(plain, f"RSS, {VALVES} valves, at role.ready", rss_at_start_mb)
            yield self._memory(plain, f"RSS, {VALVES} valves, after {self._moves:,} moves", rss_mb(ours.pid))
            yield self._idle(plain, ours)
            self._look_behind(ours)
            for count, limit in ((10, None), (100, 2.0), (1000, 5.0)):
                with self.cores.for_servers(), controller(count) as others, self.cores.for_load():
                    yield self._states(plain, others, count, limit)
        yield from self._starts()

    # --- commands -----------------------------------------------------------------------------------------

    def _round_trips(self, plain: Reference, ours: Controller) -> Iterator[Figure]:
        moves = [frame("Open A"), frame("Close A")]
        with Caller(plain.port, [reference.FRAME], b"Open A") as them, Caller(ours.port, moves, b"OK") as us:
            them.run(WARM_UP)
            self._claim(ours, valve_names(CLIENTS))
            us.run(WARM_UP)
            trips = self.effort.trips
            laps = self._alternate(lambda: them.run(trips), lambda: us.run(trips), ours, WARM_UP + CLIENTS)
        for percent, limit in ((50, 2.2), (99, None)):
            name = f"Open/Close round trip, p{percent}, 1 client"
            yield _compared(name, "us", laps, lambda lap, at=percent: lap.percentile_us(at), limit)  # type: ignore[misc]

    def _crowd(self, plain: Reference, ours: Controller) -> Figure:
        theirs = [[reference.FRAME]] * CLIENTS
        mine = [[frame(f"Open {name}"), frame(f"Close {name}")] for name in valve_names(CLIENTS)]
        with Crowd(plain.port, theirs, b"Open A") as them, Crowd(ours.port, mine, b"OK") as us:
            them.run(self.effort.crowd_s / 4)
            warm = us.run(self.effort.crowd_s / 4)
            moved = warm.done + CLIENTS
            crowd_s = self.effort.crowd_s
            laps = self._alternate(lambda: them.run(crowd_s), lambda: us.run(crowd_s), ours, moved, CLIENTS)
        name = f"Open/Close, {CLIENTS} clients, each its own valve"
        quiet = [pair for pair in laps if pair[0].per_s >= ENOUGH_PER_S]
        unsure = len(quiet) < FEWEST_PAIRS
        best = max(them.per_s for them, _ in laps)
        self.notes.append(
            f"{CLIENTS} clients: the load reached {best:,.0f} ops/s on the plain server, and {ENOUGH_PER_S:,} in"
            f" {len(quiet)} of {len(laps)} pairs of laps; "
            + ("too few for a verdict: the machine is busy, or slow" if unsure else "only these count")
        )
        figure = _compared(name, "/s", laps if unsure else quiet, lambda lap: lap.per_s, 1 / 8)
        return replace(figure, unsure=unsure, errors=sum(them.errors + us.errors for them, us in laps))

    def _claim(self, ours: Controller, names: Sequence[str]) -> None:
        """Have every valve owned, so that each move is looked at by that rule too; all clients here are one owner."""
        for name in names:
            with Caller(ours.port, [frame(f"Claim {name},3600")], b"OK") as owner:
                owner.run(1)

    def _many(self, plain: Reference, ours: Controller) -> Iterator[Figure]:
        """Measure many clients, each with a valve of its own, against the plain server with few."""
        few = [[reference.FRAME]] * CLIENTS
        mine = [[frame(f"Open {name}"), frame(f"Close {name}")] for name in valve_names(MANY_CLIENTS + 32)[32:]]
        with Crowd(plain.port, few, b"Open A") as them, Crowd(ours.port, mine, b"OK") as us:
            crowd_s = self.effort.crowd_s
            moved = us.run(crowd_s / 4).done + MANY_CLIENTS
            laps = self._alternate(lambda: them.run(crowd_s), lambda: us.run(crowd_s), ours, moved, MANY_CLIENTS)
            timed = us.run_timed(4 * crowd_s)
            self._moves += timed.done + MANY_CLIENTS
            ours.settle(self._moves)
        name = f"Open/Close, {MANY_CLIENTS} clients, against {CLIENTS} plain ones"
        yield _compared(name, "/s", laps, lambda lap: lap.per_s, 1 / 8)
        p99_ms = timed.percentile_us(99) / 1000
        yield Figure(
            f"Open/Close round trip, p99, {MANY_CLIENTS} clients", "ms", 0.0, p99_ms, 0.0, limit_ours=100.0,
            errors=timed.errors,
        )  # fmt: skip

    def _idle(self, plain: Reference, ours: Controller) -> Figure:
        with ExitStack() as connections:
            for _ in range(IDLE_CLIENTS):
                connections.enter_context(Caller(ours.port, [frame("GetValveState A")], b"False")).run(1)
            return replace(
                self._memory(plain, f"RSS, {IDLE_CLIENTS} idle connections", rss_mb(ours.pid)), limit_ours=100.0
            )

    def _alternate(
        self, plain: Callable[[], Lap], ours: Callable[[], Lap], node: Controller, warm_up: int, last: int = 0
    ) -> list[tuple[Lap, Lap]]:
        """Run the laps in turn; between them the node finishes what it does behind the replies."""
        self._moves += warm_up
        pairs: list[tuple[Lap, Lap]] = []
        longest_s = node.settle(self._moves)
        for _ in range(self.effort.pairs):
            pair = plain(), ours()
            pairs.append(pair)
            self._moves += pair[1].done + last
            longest_s = max(longest_s, node.settle(self._moves))
        if longest_s > 1.0:
            self.notes.append(f"the journal was whole up to {longest_s:.1f} s after the last reply of a lap")
        return pairs

    def _look_behind(self, ours: Controller) -> None:
        self.notes.append(
            f"behind the replies: {self._moves:,} moves, {ours.journaled():,} journal rows, {ours.logged():,} log lines"
        )

    # --- questions ----------------------------------------------------------------------------------------

    def _states(self, plain: Reference, ours: Controller, count: int, limit: float | None = None) -> Figure:
        proof = valve_names(count)[-1].encode()
        words = self.effort.words
        questions = [frame("GetValveStates")]
        with Caller(plain.port, [reference.FRAME], b"Open A") as them, Caller(ours.port, questions, proof) as us:
            us.run(5)
            laps = [(them.run(words), us.run(words)) for _ in range(self.effort.pairs)]
        return _compared(f"GetValveStates, {count} valves, p50", "us", laps, lambda lap: lap.percentile_us(50), limit)

    # --- starts and memory --------------------------------------------------------------------------------

    def _memory(self, plain: Reference, name: str, ours_mb: float) -> Figure:
        plain_mb = rss_mb(plain.pid)
        return Figure(name, "MB", plain_mb, ours_mb, ours_mb / plain_mb)

    def _starts(self) -> Iterator[Figure]:
        """Start processes as a user does: on any core."""
        ready: list[tuple[float, float]] = []
        usable: list[tuple[float, float]] = []
        for _ in range(self.effort.starts):
            with reference.running() as plain, controller(VALVES) as ours:
                ready.append((plain.started_s, ours.started_s))
            usable.append((plain.started_s, console_s()))
        yield _started(f"start to role.ready, {VALVES} valves (not pinned)", ready)
        yield _started('acquisition -c "states()" to its output (not pinned)', usable, 1.5)


def _compared(
    name: str, unit: str, laps: list[tuple[Lap, Lap]], figure: Callable[[Lap], float], limit: float | None
) -> Figure:
    plain, ours = [figure(them) for them, _ in laps], [figure(us) for _, us in laps]
    ratio = median(us / them for them, us in zip(plain, ours, strict=True))
    errors = sum(them.errors + us.errors for them, us in laps)
    return Figure(name, unit, median(plain), median(ours), ratio, limit, errors=errors)


def _started(name: str, pairs: list[tuple[float, float]], limit_s: float | None = None) -> Figure:
    plain, ours = median(them for them, _ in pairs), median(us for _, us in pairs)
    return Figure(name, "s", plain, ours, median(us / them for them, us in pairs), limit_ours=limit_s)
