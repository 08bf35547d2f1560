"""The operator: the words of console and scripts as methods that post a message and wait for the answer."""

import copy
import time
from collections.abc import Callable, Sequence
from typing import NoReturn, cast

import pykka

from actors.actor import Context
from actors.errors import UnknownValve
from actors.gauges import GAUGES
from actors.line_latch import FAR_LATCHED, LATCHED
from actors.messages import (
    Assume,
    Claim,
    Kind,
    Move,
    Outcome,
    Query,
    Reason,
    Release,
    Request,
    SafeState,
    SetLock,
    SetService,
    State,
)  # fmt: skip
from actors.rules import nearest
from actors.store_health import SET_ASIDE, TROUBLE
from actors.store_journal import LONGEST_HISTORY, FlushJournal
from actors.tree import TreeRow
from actors.views import GetHistory, GetNode, GetNodes, GetTree, GetValves, HistoryRow, NodeView, Restart, ValveView
from roles.console.feed import Feed
from roles.console.naming import find_valve
from roles.console.post import Post
from roles.console.rendering import state_line
from roles.console.results import Result, Text, ValveState

NOTIFIER = "notifier"
STORE, CHRONICLE = "store", "chronicle"
SUPERVISOR = "supervisor"
LONGEST_SAFE_S = 300.0  # of bringing a whole lab into its safe state, step by step


class Operator:
    """One person's or one script's hands on a node. Any thread but an actor's; every wait has an end.

    Args:
        by: who asks, `<user>@<node>/<session>`: it is journaled.
        site_label: SIMULATED, or the site's name.
        timeout_s: how long a command may wait to be carried out.
        furnace_path, loader_path: the actors that answer for the furnace and its loader, or None.
        line_path: the actor that answers for the valves, or None on a node without any.
        nodes_path: the actor that answers for all nodes; None: each `node.*` is asked itself.
        news_path: the actor whose events are followed.
        watch_only: the node only looks: no valve can be moved or locked from here.
    """

    def __init__(
        self,
        context: Context,
        *,
        by: str,
        site_label: str,
        timeout_s: float = 2.0,
        furnace_path: str | None = None,
        loader_path: str | None = None,
        line_path: str | None = "extraction_line",
        nodes_path: str | None = None,
        news_path: str = NOTIFIER,
        watch_only: bool = False,
    ) -> None:
        self._context = context
        self._timeout_s = timeout_s
        self.line_path = line_path or ""
        self._nodes_path, self._news_path = nodes_path, news_path
        self._nodes_met: dict[str, None] = {}
        self._post = Post(context, by=by, label=site_label, timeout_s=timeout_s, line_path=self.line_path)
        self.by = by
        self.node = context.node
        self.furnace_path, self.loader_path = furnace_path, loader_path
        self.has_valves = line_path is not None
        self.can_move = self.has_valves and not watch_only

    @property
    def label(self) -> str:
        """What every outcome says: SIMULATED, or the site's name."""
        return self._post.label

    def open(self, valve: str) -> Result:
        """Open a valve, by name or description. Raises `CommandError` unless it is open then."""
        return self._valve("open", valve, lambda name, request: Move(name, State.OPEN, request))

    def close(self, valve: str) -> Result:
        """Close a valve, by name or description. Raises `CommandError` unless it is closed then."""
        return self._valve("close", valve, lambda name, request: Move(name, State.CLOSED, request))

    def lock(self, valve: str, reason: str = "") -> Result:
        """Software-lock a valve: nothing moves it until it is unlocked. `reason`: shown with who has, and when."""
        return self._valve("lock", valve, lambda name, request: SetLock(name, True, request, str(reason)))

    def unlock(self, valve: str) -> Result:
        """Free a software-locked valve."""
        return self._valve("unlock", valve, lambda name, request: SetLock(name, locked=False, request=request))

    def claim(self, valve: str, seconds: int | None = None) -> Result:
        """Own a valve: nobody else moves it while this session lives, and `seconds` (1-3600; usually 60) longer."""
        if seconds is not None and (not isinstance(seconds, int) or isinstance(seconds, bool)):
            self.refuse("claim", str(valve), Reason.BAD_ARGUMENTS, f"seconds are a whole number, not {seconds!r}")
        return self._valve("claim", valve, lambda name, request: Claim(name, seconds, request))

    def release(self, valve: str) -> Result:
        """Give a valve up that was claimed."""
        return self._valve("release", valve, Release)

    def assume(self, valve: str, state: str, reason: str) -> Result:
        """Take your word for where a valve stands: until it is read next, for an hour at most; journaled."""
        if state not in (State.OPEN, State.CLOSED):
            text = f"a valve is assumed to be 'open' or 'closed', not {state!r}"
            self.refuse("assume", str(valve), Reason.BAD_ARGUMENTS, text)
        message = lambda name, request: Assume(name, State(state), str(reason), request)  # noqa: E731 - as below
        return self._valve("assume", valve, message, f"{state} by your word")

    def out_of_service(self, valve: str, reason: str) -> Result:
        """Let nothing move a valve, for a reason that everybody is told."""
        return self._valve("out of service", valve, lambda name, request: SetService(name, False, str(reason), request))

    def in_service(self, valve: str) -> Result:
        """Put a valve back into service."""
        return self._valve("in service", valve, lambda name, request: SetService(name, True, "", request))

    def why(self, valve: str, target: str = "open") -> Text:
        """Say whether a valve would open (or, with 'close', close) now; if not, which rule forbids it, and why."""
        word = {"close": State.CLOSED, "open": State.OPEN}.get(target, target)
        if word not in (State.OPEN, State.CLOSED):
            text = f"a valve opens or closes: why({valve!r}, 'close'), not {target!r}"
            self.refuse("why", str(valve), Reason.BAD_ARGUMENTS, text)
        said = self._named("why", valve, lambda name, request: Query("why", (name, str(word)), request)).outcome
        return Text(f"{said.subject}: {said.text}")

    def safe(self, clear: bool | str = False) -> Result:
        """Bring the line into its safe state; nothing opens then until `safe(clear=True)`."""
        if not self.can_move:
            self.refuse("safe", "", Reason.NOT_PERMITTED, f"{self.node} moves no valve")
        if clear not in (True, False, "clear"):
            self.refuse("safe", "", Reason.BAD_ARGUMENTS, f"safe() calls it, safe(clear=True) clears it; not {clear!r}")
        verb = "clear safe state" if clear else "safe state"
        return self._post.order(
            verb, "", self.line_path, lambda request: SafeState(bool(clear), request), within_s=LONGEST_SAFE_S
        )

    def hands(self, session: str) -> "Operator":
        """Return other hands on the same node, for a session of its own: what it claims is its own."""
        other = copy.copy(self)
        other.by = f"{self.by.rpartition('/')[0]}/{session}"
        other._post = self._post.of(other.by)  # noqa: SLF001 - of the same class
        return other

    def on_safe_state(self, callback: Callable[[str], None]) -> Callable[[], None]:
        """Have `callback(who)` called when the safe state is called, on the line's thread; return what ends that."""
        callbacks = self._context.facts.setdefault("on_safe_state", [])
        callbacks.append(callback)
        return lambda: callbacks.remove(callback)

    def state(self, valve: str) -> ValveState:
        """Return what is known of one valve."""
        view = self._find("state", valve, self.views())
        return ValveState(view, state_line(view, self.label))

    def history(self, valve: str = "", count: int = 20) -> tuple[HistoryRow, ...]:
        """Return the last commands of a valve ("": of all) that this node has journaled, the newest last.

        Args:
            valve: its name or description, or the name of one that is no longer there.
            count: 1 to 1000.
        """
        if not isinstance(count, int) or isinstance(count, bool) or not 1 <= count <= LONGEST_HISTORY:
            text = f"history takes a number of commands from 1 to {LONGEST_HISTORY}, not {count!r}"
            self.refuse("history", str(valve), Reason.BAD_ARGUMENTS, text)
        if not valve:
            return self._history("", count)
        try:
            return self._history(self._find("history", valve, self.views()).name, count)
        except UnknownValve:
            rows = self._history(str(valve), count)
            if not any(row.outcome != Kind.REFUSED for row in rows):
                raise
            return rows

    def _history(self, valve: str, count: int) -> tuple[HistoryRow, ...]:
        self._post.ask(CHRONICLE, FlushJournal(), "history")
        return cast("tuple[HistoryRow, ...]", tuple(self._post.ask(STORE, GetHistory(valve, count), "history")))

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what a person should know of this node before anything else."""
        facts = self._context.facts
        told = [str(facts[key]) for key in (SET_ASIDE, TROUBLE) if facts.get(key)]
        if facts.get(LATCHED):
            told.append(f"nothing opens: the safe state was called by {facts[LATCHED]}; safe(clear=True) clears it")
        far = tuple(facts.get(FAR_LATCHED, {}).items())  # another thread's
        return (*told, *(f"nothing opens on {at}: safe() by {who}; safe(clear=True) clears it" for at, who in far))

    def views(self) -> tuple[ValveView, ...]:
        """Return the line's picture, in the table's order."""
        return cast("tuple[ValveView, ...]", tuple(self._post.ask(self.line_path, GetValves(), "states")))

    def query(self, what: str, path: str, args: Sequence[str] = (), shown: str = "") -> Result:
        """Ask the service at `path` a question of its own vocabulary; the answer is in `outcome.text`."""
        subject = path.removeprefix("node.")
        message = lambda request: Query(what, tuple(args), request)  # noqa: E731 - one line reads better here
        return self._post.order(what, subject, path, message, shown)

    def readers(self) -> dict[str, tuple[str, tuple[str, ...]]]:
        """Return what of this node can be read: its name -> the actor that reads it, and what that is asked for."""
        directory, gauges = self._context.directory, tuple(self._context.facts.get(GAUGES, {}).items())
        devices = [path for path in directory.paths() if path.startswith("device.")]
        own: dict[str, tuple[str, tuple[str, ...]]] = {path.removeprefix("device."): (path, ()) for path in devices}
        return own | {name: (path, (name,)) for name, path in gauges}

    def nodes(self) -> tuple[NodeView, ...]:
        """Return every remote node as it is known now. A node that is just restarting is said to be."""
        if self._nodes_path is not None:
            return cast("tuple[NodeView, ...]", tuple(self._post.ask(self._nodes_path, GetNodes(), "nodes")))
        directory = self._context.directory
        self._nodes_met.update(dict.fromkeys(path for path in directory.paths() if path.startswith("node.")))
        asked: dict[str, pykka.Future[NodeView] | None] = {}
        for path in self._nodes_met:
            entry = directory.get(path)
            asked[path] = entry.ref.ask(GetNode(), block=False) if entry is not None else None
        until = time.monotonic() + self._timeout_s
        return tuple(self._node(path, future, until) for path, future in asked.items())

    def tree(self) -> tuple[TreeRow, ...]:
        """Return the supervisor's tree, one row per actor."""
        return cast("tuple[TreeRow, ...]", tuple(self._post.ask(SUPERVISOR, GetTree(), "tree")))

    def feed(self) -> Feed:
        """Return the node's events, from now on: a context manager to iterate over."""
        return Feed(self._context, self._news_path)

    def restart(self, path: str) -> Result:
        """Restart the actor at `path`. What it was doing ends as unknown."""
        began = time.monotonic()
        if not self._post.ask(SUPERVISOR, Restart(path), "restart"):
            paths = [known for known in self._context.directory.paths() if known != path]
            below = [known for known in paths if known.endswith(f"/{path}")]
            hint = f" (did you mean {below[0]}?)" if below else nearest(path, paths)
            text = f"{path} restarts others, and only with its process" if path == SUPERVISOR else ""
            text = text or f"there is no actor {path}{hint}"
            self._post.refuse("restart", path, Reason.BAD_ARGUMENTS, text)
        took_ms = (time.monotonic() - began) * 1000.0
        return Result(Outcome("restart", path, Kind.DONE), took_ms, self.label)

    def refuse(self, verb: str, subject: str, reason: Reason, text: str) -> NoReturn:
        """Raise the refusal that `reason` names, without asking anybody."""
        self._post.refuse(verb, subject, reason, text)

    def _valve(self, verb: str, valve: str, message: Callable[[str, Request], object], shown: str = "") -> Result:
        if not self.can_move:
            text = "it only watches" if self.has_valves else "it has no valves"
            self.refuse(verb, str(valve), Reason.NOT_PERMITTED, f"{self.node} moves no valve: {text}")
        return self._named(verb, valve, message, shown)

    def _named(self, verb: str, valve: str, message: Callable[[str, Request], object], shown: str = "") -> Result:
        """Tell the line something about a valve, by its name or description."""
        try:
            name = self._find(verb, valve, self.views()).name
        except UnknownValve as unknown:
            return self._ask_the_line(verb, str(valve), message, unknown)
        return self._post.order(verb, name, self.line_path, lambda request: message(name, request), shown)

    def _ask_the_line(
        self, verb: str, name: str, message: Callable[[str, Request], object], unknown: UnknownValve
    ) -> NoReturn:
        """Refuse a name that is in no table, by the line: it knows whether a node is just silent, and logs it."""
        try:
            self._post.order(verb, name, self.line_path, lambda request: message(name, request))
        except UnknownValve:
            raise unknown from None
        raise unknown

    def _find(self, verb: str, wanted: str, views: Sequence[ValveView]) -> ValveView:
        found = find_valve(str(wanted), views)
        if isinstance(found, ValveView):
            return found
        return self.refuse(verb, found.shown, Reason.UNKNOWN_VALVE, found.text)

    def _node(self, path: str, future: "pykka.Future[NodeView] | None", until: float) -> NodeView:
        name = path.removeprefix("node.")
        if future is None:
            return NodeView(name, "", "restarting", 0.0)
        try:
            return future.get(timeout=max(0.0, until - time.monotonic()))
        except pykka.Timeout:
            return NodeView(name, "", "no answer", 0.0, f"its actor gave no answer in {self._timeout_s:.1f} s")
        except pykka.ActorDeadError:
            return NodeView(name, "", "restarting", 0.0)
