"""Tables and lines for people: values in, text out."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from actors.errors import CommandError, FailedToActuate
from actors.messages import Kind, Source, State
from actors.statistics import Counts
from actors.tree import duration
from actors.views import HistoryRow, NodeView, PipetteView, ValveView

_GAP = "  "
_MOVING = {State.OPEN: "opening", State.CLOSED: "closing"}
_TOPIC_ROOT = "pychron."


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return rows under their headers, in columns as wide as their widest cell."""
    lines = [list(headers), *(list(row) for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(headers))]
    return "\n".join(_aligned(line, widths) for line in lines)


def _aligned(cells: Sequence[str], widths: Sequence[int]) -> str:
    return _GAP.join(cell.ljust(width) for cell, width in zip(cells, widths, strict=True)).rstrip()


def position(view: ValveView) -> str:
    """Return where a valve stands: open, closed, unknown, opening, closing."""
    return _MOVING[view.moving] if view.moving in _MOVING else str(view.state)


def learned(view: ValveView) -> str:
    """Return when and from where a state is known: `0.4 s ago (readback)`, `5.0 s ago (poll), stale`, or `never`."""
    if view.age_s is None or view.source is Source.NONE:
        return "never"
    return f"{duration(view.age_s)} ago ({view.source})" + (", stale" if view.stale else "")


def doubt(view: ValveView) -> str:
    """Return why a valve is unknown or out of service, or by whose word it stands where it does; or nothing."""
    if not view.enabled:
        return f"out of service: {view.why}" if view.why else "out of service"
    return view.why


def states(views: Sequence[ValveView], label: str, warnings: Iterable[str] = ()) -> str:
    """Return the table of all valves, over it `label` (SIMULATED or the site's name) and what holds for all of them."""
    headers = ["name", "state", "learned", "lock", "description", "why"]
    rows = [[v.name, position(v), learned(v), v.locked, v.description, doubt(v)] for v in views]
    if any(view.owner for view in views):
        headers.insert(4, "owner")
        for view, row in zip(views, rows, strict=True):
            row.insert(4, view.owner)
    count = "1 valve" if len(views) == 1 else f"{len(views)} valves"
    head = [f"{count}{_GAP}{label}".rstrip(), *(f"WARNING: {text}" for text in warnings)]
    return "\n".join([*head, table(headers, rows)] if views else head)


def state_line(view: ValveView, label: str) -> str:
    """Return one valve in one line."""
    facts = [learned(view)]
    facts += [f"locked by {view.locked}"] if view.locked else []
    facts += [f"owned by {view.owner}"] if view.owner else []
    facts += [doubt(view)] if doubt(view) else []
    return f"{view.name}{_GAP}{position(view)}{_GAP}({', '.join(facts)}){_GAP}{label}".rstrip()


def statistics(counts: Sequence[Counts], label: str) -> str:
    """Return the table of what each valve's moves add up to; times are those of opening and of closing."""
    headers = ("name", "moves", "failed", "unknown", "last ms", "median ms", "longest ms", "health")
    rows = []
    for one in counts:
        ways = (one.opening, one.closing)
        last, median = _ms(way.last_ms for way in ways), _ms(way.median_ms for way in ways)
        longest, health = _ms(way.longest_ms for way in ways), ", ".join(one.health) or "good"
        rows.append((one.valve, str(one.moves), str(one.failed), str(one.unknown), last, median, longest, health))
    if not rows:
        return f"no valve has moved since the start{_GAP}{label}".rstrip()
    return f"opening / closing{_GAP}{label}".rstrip() + f"\n{table(headers, rows)}"


def _ms(ways: Iterable[float | None]) -> str:
    return " / ".join("-" if took_ms is None else f"{took_ms:.1f}" for took_ms in ways)


def pipettes(views: Sequence[tuple[str, PipetteView]], label: str, clock: Callable[[float], str]) -> str:
    """Return the table of all pipettes, each with the node that has it; `clock`: UTC seconds -> local date and time."""
    headers = ("pipette", "shots", "filled", "last shot", "node")
    rows = [
        (v.name, str(v.shots), "filled" if v.armed else "", clock(v.last_shot) if v.last_shot else "never", node)
        for node, v in views
    ]
    count = "1 pipette" if len(views) == 1 else f"{len(views)} pipettes"
    return f"{count}{_GAP}{label}".rstrip() + (f"\n{table(headers, rows)}" if views else "")


def nodes(views: Sequence[NodeView], label: str) -> str:
    """Return the table of all remote nodes."""
    headers = ("node", "status", "since", "round trip", "address", "detail")
    rows = [(v.name, v.status, duration(v.since_s), _round_trip(v), v.address, v.detail) for v in views]
    count = "1 node" if len(views) == 1 else f"{len(views)} nodes"
    return f"{count}{_GAP}{label}".rstrip() + (f"\n{table(headers, rows)}" if views else "")


def _round_trip(view: NodeView) -> str:
    return "" if view.round_trip_ms is None else f"{view.round_trip_ms:.1f} ms"


def history(rows: Sequence[HistoryRow], label: str, clock: Callable[[float], str]) -> str:
    """Return the table of commands, in their order; `clock`: UTC seconds -> local date and time."""
    headers = ("time", "verb", "valve", "outcome", "was", "is", "took", "who", "from", "why")
    told = [
        (clock(r.at), r.verb, r.valve, r.outcome, *_stood(r), f"{r.took_ms:.1f} ms", r.by, r.origin, _why(r))
        for r in rows
    ]
    count = "1 command" if len(rows) == 1 else f"{len(rows)} commands" if rows else "no command in the journal yet"
    return f"{count}{_GAP}{label}".rstrip() + (f"\n{table(headers, told)}" if rows else "")


def _stood(row: HistoryRow) -> tuple[str, str]:
    """Return where the valve was and is: nothing for what moves none, such as a lock."""
    moves_none = row.outcome == Kind.DONE and row.before == row.after == State.UNKNOWN
    return ("", "") if moves_none else (row.before, row.after)


def _why(row: HistoryRow) -> str:
    text = "" if row.outcome == Kind.DONE and row.text == "OK" else row.text
    return " ".join((text or row.reason).split())


def event(topic: str, fields: Mapping[str, Any], clock: str) -> str:
    """Return one event in one line, with where it comes from and what it says; `clock` is its time of day.

    `Any`: an event carries plain data.
    """
    value = " ".join(str(part) for part in (fields.get("value"), fields.get("units")) if part not in (None, ""))
    facts = [str(fact) for fact in (fields.get("source"), _origin(fields)) if fact]
    facts += [str(fields["quality"])] if fields.get("quality", "good") != "good" else []
    return f"{clock}{_GAP}{topic.removeprefix(_TOPIC_ROOT)}{_GAP}{value}{_GAP}({', '.join(facts)}){_said(fields)}"


def _origin(fields: Mapping[str, Any]) -> str:
    """Return the node that an event is about, where this one only passes it on."""
    return str(fields.get("origin") or fields.get("node") or "").removeprefix("node.")


def _said(fields: Mapping[str, Any]) -> str:
    text = " ".join(str(fields.get("text") or fields.get("why") or "").split())
    return f"{_GAP}{text}" if text else ""


def command_error(error: CommandError) -> str:
    """Return who was refused what, and why, in one line."""
    outcome = error.outcome
    word = "unknown" if outcome.kind is Kind.UNKNOWN else "refused"
    if isinstance(error, FailedToActuate):
        word = "failed"
    text = outcome.text or str(outcome.reason or "no reason given")
    subject = outcome.subject.casefold()
    named = f" {subject} " in f" {text.casefold().replace(':', ' ')} "
    who = "" if named or not outcome.subject else f"{outcome.verb} {outcome.subject}: "
    return f"{word}: {who}{' '.join(text.split())}"
