"""The console's words: one table from which the namespace and `help()` are both made."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from actors.errors import CommandError
from actors.tree import duration, render
from actors.valve_health import STATISTICS
from roles.console import rendering
from roles.console.commanded import bound
from roles.console.furnace import Furnace
from roles.console.gauges import read
from roles.console.loader import Loader
from roles.console.operator import Operator
from roles.console.pipettes import pipettes_of
from roles.console.results import Text
from roles.console.screen import show
from roles.console.sequences import Sequences
from roles.console.shown import Nodes, Valves
from roles.scripting.runner import ScriptRunner

CHRONICLE = "chronicle"  # what it has not written up yet is counted before it passes a question on
PIPED_EVENTS = 10
PIPED_WAIT_S = 5.0


@dataclass(frozen=True, slots=True)
class Parts:
    """What the words are made of: whose hands, which scripts, and whether a person sits in front."""

    operator: Operator
    runner: ScriptRunner | None
    interactive: bool

    @property
    def scripts(self) -> ScriptRunner:
        """The runner, for words that fit only where there is one."""
        if self.runner is None:
            raise LookupError("this node runs no scripts")
        return self.runner


@dataclass(frozen=True, slots=True)
class Word:
    """One name of the console.

    Attributes:
        usage: how it is written, for `help()`.
        says: what it does, in one line.
        make: what the name stands for. `Any`: functions and objects alike.
        fits: whether it makes sense on this node.
    """

    name: str
    usage: str
    says: str
    make: Callable[[Parts], Any]
    fits: Callable[[Parts], bool] = lambda _parts: True


def _has_valves(parts: Parts) -> bool:
    return parts.operator.has_valves


def _can_move(parts: Parts) -> bool:
    return parts.operator.can_move


def _only_watches(parts: Parts) -> bool:
    return parts.operator.has_valves and not parts.operator.can_move


def _has_scripts(parts: Parts) -> bool:
    return parts.runner is not None and parts.operator.can_move


def _has_furnace(parts: Parts) -> bool:
    return parts.operator.furnace_path is not None


def _has_loader(parts: Parts) -> bool:
    return parts.operator.loader_path is not None


WORDS = (
    Word("open", "open('A')", "open a valve, by name or description", lambda p: p.operator.open, _can_move),
    Word("close", "close('A')", "close a valve", lambda p: p.operator.close, _can_move),
    Word("state", "state('A')", "what is known of one valve", lambda p: p.operator.state, _has_valves),
    Word("states", "states()", "what is known of all valves",
         lambda p: partial(_states, p.operator), _has_valves),
    Word("valves", "valves", "the same table; valves.A.open()", lambda p: Valves(p.operator), _can_move),
    Word("valves", "valves", "the same table; valves.A.state()", lambda p: Valves(p.operator), _only_watches),
    Word("lock", "lock('A', 'why')", "let nothing move a valve; 'why' may be left out",
         lambda p: p.operator.lock, _can_move),
    Word("unlock", "unlock('A')", "free a locked valve", lambda p: p.operator.unlock, _can_move),
    Word("history", "history('A')", "what was done with a valve; history('A', 50), history() of all",
         lambda p: partial(_history, p.operator), _can_move),
    Word("claim", "claim('A', 60)", "let nobody else move a valve", lambda p: p.operator.claim, _can_move),
    Word("release", "release('A')", "give up a claimed valve", lambda p: p.operator.release, _can_move),
    Word("safe", "safe()", "to the safe state; nothing opens until safe(clear=True)",
         lambda p: p.operator.safe, _can_move),
    Word("why", "why('A')", "would it open? if not, why; why('A', 'close')", lambda p: p.operator.why, _can_move),
    Word("assume", "assume('A', 'closed', 'why')", "your word for a valve that nobody can read",
         lambda p: p.operator.assume, _can_move),
    Word("out_of_service", "out_of_service('A', 'why')", "let nothing move a valve until in_service('A')",
         lambda p: p.operator.out_of_service, _can_move),
    Word("in_service", "in_service('A')", "put it back into service", lambda p: p.operator.in_service, _can_move),
    Word("cycle", "cycle('A', 3, 1.5, 0.5)", "open for 1.5 s and close for 0.5 s, 3 times",
         lambda p: Sequences(p.operator).cycle, _can_move),
    Word("sample", "sample('A', 20)", "open for 20 s, then close; Ctrl-C closes it at once",
         lambda p: Sequences(p.operator).sample, _can_move),
    Word("statistics", "statistics()", "moves, failures and times of each valve, since the start",
         lambda p: partial(_statistics, p.operator), _has_valves),
    Word("pipettes", "pipettes()", "shots of each pipette, and whether it is filled",
         lambda p: partial(_pipettes, p.operator), _can_move),
    Word("furnace", "furnace", "the furnace; furnace.setpoint(800), .ramp(1200, 20, soak_s=600, then=0), .stop_ramp(), "
         ".pid(8, 120, 20), .off(), .tripped(), .reset()",
         lambda p: Furnace(p.operator, p.operator.furnace_path or ""), _has_furnace),
    Word("loader", "loader", "the sample loader; loader.dump(), .stop(), .funnel_down(), .funnel_up(), .energise(3)",
         lambda p: Loader(p.operator, p.operator.loader_path or ""), _has_loader),
    Word("read", "read('IG')", "what a gauge or another device reads, here or on another node",
         lambda p: partial(read, p.operator)),
    Word("nodes", "nodes", "the remote nodes: up or down, round trip", lambda p: Nodes(p.operator)),
    Word("tree", "tree()", "every actor of this node and how it is", lambda p: partial(_tree, p.operator)),
    Word("events", "events()", "show events until Ctrl-C; events(5) the next five",
         lambda p: partial(_events, p.operator, interactive=p.interactive)),
    Word("run", "run('file')", "run an extraction script; Ctrl-C cancels it",
         lambda p: p.scripts.run, _has_scripts),
    Word("check", "check('file')", "look for mistakes in a script without running it",
         lambda p: p.scripts.check, _has_scripts),
    Word("jobs", "jobs()", "the scripts that run or ran", lambda p: partial(_jobs, p.scripts), _has_scripts),
    Word("restart", "restart('path')", "restart an actor of tree()", lambda p: p.operator.restart),
    Word("help", "help()", "this list", lambda p: partial(_help, p)),
)  # fmt: skip


def words_of(parts: Parts) -> tuple[Word, ...]:
    """Return the words that make sense on this node."""
    return tuple(word for word in WORDS if word.fits(parts))


def namespace(operator: Operator, runner: ScriptRunner | None, *, interactive: bool) -> dict[str, Any]:
    """Return name -> what it stands for, for a console, `-c` and pipes alike.

    Args:
        operator: whose hands the words are.
        runner: runs extraction scripts; None: this node has none.
        interactive: a person sits in front and can press Ctrl-C, so that waiting needs no limit.
    """
    parts = Parts(operator, runner, interactive)
    refusing = {"open": operator.open}  # where no valve can be moved: never Python's own, which opens a file
    return refusing | {word.name: _spoken(word, word.make(parts)) for word in words_of(parts)}


class Spoken:
    """A word that is called: named without its parentheses, it says how it is written."""

    def __init__(self, word: Word, function: Callable[..., Any]) -> None:
        self._word, self._function = word, function
        self.__doc__ = word.says

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Do what the word says.

        Raises:
            Misused: not with such arguments.
        """
        bound(self._word.name, self._word.usage, self._function, args, named)
        return self._function(*args, **named)

    def __repr__(self) -> str:
        return f"{self._word.usage}  {self._word.says}"


def _spoken(word: Word, thing: Any) -> Any:
    return Spoken(word, thing) if "(" in word.usage.partition(";")[0] else thing


def _help(parts: Parts, *_about: object) -> Text:
    return Text(rendering.table(("", ""), [(word.usage, word.says) for word in words_of(parts)]).lstrip("\n"))


def _states(operator: Operator) -> Text:
    return Text(rendering.states(operator.views(), operator.label, operator.warnings))


def _history(operator: Operator, valve: str = "", count: int = 20) -> Text:
    return Text(rendering.history(operator.history(valve, count), operator.label, _date))


def _date(utc_s: float) -> str:
    return f"{time.strftime('%Y-%m-%d', time.localtime(utc_s))} {_clock(utc_s)}"


def _statistics(operator: Operator) -> Text:
    counts = operator.query(STATISTICS, CHRONICLE).outcome.value
    return Text(rendering.statistics(counts, operator.label))


def _pipettes(operator: Operator) -> Text:
    found, missing = pipettes_of(operator)
    return Text("\n".join([rendering.pipettes(found, operator.label, _date), *missing]))


def _tree(operator: Operator) -> Text:
    return Text(render(operator.tree()))


def _jobs(runner: ScriptRunner) -> Text:
    rows = [(job.name, job.state, job.where, duration(job.took_s)) for job in runner.jobs()]
    return Text(rendering.table(("script", "state", "line", "time"), rows) if rows else "no script has run yet")


def _events(operator: Operator, count: int | None = None, within_s: float | None = None, *, interactive: bool) -> None:
    """Show events as they come. Unlimited only for a person: a pipe gets ten, or those of five seconds."""
    if not interactive:
        count = PIPED_EVENTS if count is None else count
        within_s = PIPED_WAIT_S if within_s is None else within_s
    if count is not None and count <= 0:
        return
    shown = 0
    try:
        with operator.feed() as feed:
            for topic, fields in feed.events(within_s):
                show(rendering.event(topic, fields, _clock(fields.get("ts"))))
                shown += 1
                if shown == count:
                    return
    except KeyboardInterrupt:
        return


def _clock(utc_s: object) -> str:
    at = utc_s if isinstance(utc_s, (int, float)) else time.time()
    return f"{time.strftime('%H:%M:%S', time.localtime(at))}.{int(at % 1 * 1000):03}"


def banner(operator: Operator) -> str:
    """Return the first lines of a console: what this is, what can be done, how to leave."""
    try:
        count = len(operator.views()) if operator.has_valves else 0
    except CommandError:
        count = 0
    what = f"{count} valves" if operator.has_valves else "no valves"
    label = operator.label
    simulated = "Nothing here is real: every device is simulated." if label == "SIMULATED" else ""
    example = "open('A')   states()   nodes   tree()" if operator.can_move else "states()   nodes   tree()   events()"
    lines = (
        f"valvetree  {operator.node}  {label.removeprefix(operator.node).lstrip()}".rstrip(),
        simulated,
        *(f"WARNING: {text}" for text in operator.warnings),
        f"{what}. Try:  {example}",
        "help() lists every word. Tab completes valve names. Ctrl-C stops waiting, not the node.",
        "Ctrl-D ends this console and this node.",
    )
    return "\n".join(line for line in lines if line)
