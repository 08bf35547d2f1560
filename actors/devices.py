"""The devices of a node by name: read, set and asked whether they are there. Valves are never switched this way.

A device's own actor has the path `device.<name>` and answers `Query("read", args)`, `Query("set", (value,))` and
`Query("ping", ())` with an `Outcome` as any service does: `text` is the value, of a ping `True` or `False`. What it
sets it tells the chronicle itself. The furnace and the actuators are asked in their own words.
"""

import random
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from actors.actor import Context, down_in
from actors.gauges import GAUGES
from actors.messages import Kind, News, Outcome, Query, Reason
from actors.placement import LoopActor
from actors.rules import nearest
from actors.table import Table
from actors.tree import duration

FURNACE = "furnace"
ALARM_KEPT_S = 3600.0  # one that nobody ends
_OF_FURNACE = {"read": "GetTemperature", "set": "SetSetpoint"}
_KINDS = ("device.", "actuator.")


def valve_on_channel(table: Table, address: str) -> str:
    """Return the valve that owns a channel of an actuator, "" where none does."""
    owners = (name for name, row in table.items() if address and address in row.spec.address.split(","))
    return next(owners, "")


class Devices(LoopActor):
    """The actor `devices`: finds who is meant, and passes the question on. It is told every alarm of this node."""

    def __init__(self, context: Context, path: str) -> None:
        super().__init__(context, path)
        self._alarms: dict[str, tuple[str, float]] = {}  # topic -> what it said, and when (monotonic seconds)

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query, News: self._alarm}

    def _alarm(self, news: News) -> None:
        """Keep the last of each kind, until its end is told."""
        self._alarms.pop(news.topic, None)
        if news.value:
            self._alarms[news.topic] = (str(news.extra.get("text", news.value)), time.monotonic())

    def detail(self) -> str:
        """See `Actor.detail`."""
        count = len(self._names())
        return "1 device" if count == 1 else f"{count} devices"

    def _query(self, query: Query) -> None:
        if query.what == "error":
            shown = "".join(char if char.isprintable() else " " for char in self._trouble())
            self._answer(query, " ".join(shown.split()))  # one line: whatever an exception said is in it
        elif query.what == "data":
            self._data(query)
        elif query.what == "pressure":
            self._pressure(query)
        elif query.what == "set" and _is_late(query):
            self._refuse(query, Reason.EXPIRED, "its deadline passed before the device could be asked")
        else:
            self._device(query)

    def _device(self, query: Query) -> None:
        name, *args = query.args
        path = self._path(name)
        if not path and query.what == "read":
            path, args = self.context.facts.get(GAUGES, {}).get(name, ""), [name]
        valves = self._valves_of(path, name) if query.what == "set" else ""
        if valves:
            self._refuse(query, Reason.NOT_PERMITTED, f"{name} switches {valves}: open and close by the valve's name")
        elif not path:
            near = nearest(name, [*self._names(), *self.context.facts.get(GAUGES, {})])
            self._refuse(query, Reason.NOT_CONNECTED, f"device {name} not connected{near}")
        elif path.startswith("device."):
            self._pass_on(path, replace(query, args=tuple(args)))
        elif query.what == "ping":
            entry = self.context.directory.get(path)
            self._answer(query, str(entry is not None and not entry.is_down()))
        elif path == FURNACE:
            self._pass_on(path, replace(query, what=_OF_FURNACE[query.what], args=tuple(args)))
        else:
            text = f"{name} is an actuator: its channels are read and switched as valves"
            self._refuse(query, Reason.NOT_PERMITTED, text)

    def _pressure(self, query: Query) -> None:
        controller, gauge = query.args
        path = self._path(controller)
        if path.startswith("device."):
            self._pass_on(path, Query("read", (gauge,), query.request))
        else:
            self._refuse(query, Reason.NOT_AVAILABLE, f"{controller} {gauge} not available")

    def _data(self, query: Query) -> None:
        try:
            offset = float(query.args[0])
        except ValueError:
            self._refuse(query, Reason.BAD_ARGUMENTS, f"GetData takes a number, not {query.args[0]!r}")
        else:
            self._answer(query, repr(offset + random.random()))  # noqa: S311 - what Pychron's test command answers

    def _trouble(self) -> str:
        """Return what is wrong now: the last alarm of late, else the first device or node that is down, else OK."""
        for topic, (text, at) in reversed(self._alarms.items()):
            ago_s = time.monotonic() - at
            if ago_s < ALARM_KEPT_S:
                return f"{topic}, {duration(ago_s)} ago: {text}"
        for path in self.context.directory.paths():
            entry = self.context.directory.get(path)
            why = down_in(entry.detail()) if entry is not None else ""
            if why:
                return f"{path} is {why}"
        return "OK"

    def _pass_on(self, path: str, query: Query) -> None:
        if not self.tell_path(path, query):
            self._refuse(query, Reason.BUSY, f"{path} is being restarted; nothing was begun")

    def _path(self, name: str) -> str:
        """Return the path of the actor that has a device, "" where there is none."""
        paths = (*(f"{kind}{name}" for kind in _KINDS), *([FURNACE] if name.lower() == FURNACE else []))
        return next((path for path in paths if self.context.directory.get(path) is not None), "")

    def _names(self) -> list[str]:
        return list(_names(self.context.directory.paths()))

    def _valves_of(self, path: str, name: str) -> str:
        """Return in words which valves a device or channel owns, "" where none."""
        table: Table = self.context.facts.get("table", {})
        owned = [valve for valve, row in table.items() if path and row.spec.actuator == path]
        owner = valve_on_channel(table, name)
        return f"valve {owner}" if owner else f"valves {', '.join(owned[:8])}" if owned else ""

    def _answer(self, query: Query, text: str) -> None:
        query.request.reply_to.answer(Outcome(query.what, _subject(query), Kind.DONE, text=text))

    def _refuse(self, query: Query, reason: Reason, text: str) -> None:
        query.request.reply_to.answer(Outcome(query.what, _subject(query), Kind.REFUSED, reason=reason, text=text))


def _is_late(query: Query) -> bool:
    return query.request.deadline is not None and time.monotonic() > query.request.deadline


def _subject(query: Query) -> str:
    return query.args[0] if query.args else ""


def _names(paths: Iterable[str]) -> Iterable[str]:
    for path in paths:
        kind, dot, name = path.partition(".")
        if path == FURNACE:
            yield path
        elif dot and f"{kind}." in _KINDS:
            yield name
