"""The drives of a node by name: a word of theirs begins with the name of the drive, and is passed on to it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from actors.drive import DRIVES
from actors.messages import Kind, Outcome, Query, Reason
from actors.placement import LoopActor
from actors.rules import nearest


class Drives(LoopActor):
    """The actor `drives`."""

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {Query: self._query}

    def detail(self) -> str:
        """See `Actor.detail`."""
        return ", ".join(self._paths())

    def _paths(self) -> Mapping[str, str]:
        return dict(self.context.facts.get(DRIVES, {}))

    def _query(self, query: Query) -> None:
        name, *args = query.args or ("",)
        paths = self._paths()
        if name not in paths:
            self._refuse(query, Reason.NOT_CONNECTED, f"no drive {name} on this node{nearest(name, list(paths))}")
        elif not self.tell_path(paths[name], replace(query, args=tuple(args))):
            self._refuse(query, Reason.BUSY, f"{paths[name]} is being restarted; nothing was begun")

    def _refuse(self, query: Query, reason: Reason, text: str) -> None:
        subject = query.args[0] if query.args else ""
        query.request.reply_to.answer(Outcome(query.what, subject, Kind.REFUSED, reason=reason, text=text))
