"""Who is connected to this node, by session, and when each was heard last. The one place where both are kept. Pure.

A session is `<address>/<node>#<boot>`: all connections of one life of a peer. One that tells no boot id has a session
over its lives, `<address>/<node>`; so have all plain peers of one address, whose node is "". The command channel
writes, on the node loop; whoever else lives on that loop may look:

- `context.facts["sessions"]`: session -> how many connections it has now. None is kept of one that has gone.
- `context.facts["heard"]`: session -> monotonic seconds when bytes came last. A session stays here when its connections
  end without a word: nobody has been heard since. One that said Goodbye is taken out. Peers of a listener that answers
  questions only are not counted: a display on a wall does not look after the line.
- `context.facts["leased_sessions"]`: the set of sessions that have claimed something, kept by the extraction line.
  Only a line that keeps it is told `SessionUp` and `SessionGone`.
"""

from collections.abc import Callable
from typing import Any

from actors.remote import SessionGone, SessionUp

MOST_HEARD = 256  # sessions; a peer can take any name, and many


class Watchers:
    """The sessions of one process, over all its listeners. Used on the node loop only.

    Args:
        facts: the context's, where others look.
        tell_line: tells the extraction line of this node.

    Attributes:
        leaving: sessions one of whose connections has said Goodbye, and none anything since.
    """

    def __init__(self, facts: dict[str, Any], tell_line: Callable[[SessionUp | SessionGone], object]) -> None:
        self._facts = facts
        self._tell_line = tell_line
        self._live: dict[str, int] = facts.setdefault("sessions", {})
        self._heard: dict[str, float] = facts.setdefault("heard", {})
        self.leaving: set[str] = set()

    def came(self, session: str, now: float, *, greeted: bool) -> dict[str, float]:
        """Count one more connection; return where its times go. `greeted`: it has said Hello, and not just asked."""
        connections = self._live.get(session, 0)
        self._live[session] = connections + 1
        self.leaving.discard(session)
        self._forget_lives(session)
        self._heard[session] = now
        while len(self._heard) > MOST_HEARD and (gone := self._longest_gone()):
            del self._heard[gone]
        if not connections:
            self._tell(SessionUp(session), greeted=greeted)
        return self._heard

    def goodbye(self, session: str) -> None:
        """Note that a session ends in order, unless it goes on with another Hello or command."""
        self.leaving.add(session)

    def goes_on(self, session: str) -> None:
        """Note that a session has given a command: what one of its connections said was not its own end."""
        self.leaving.discard(session)

    def became(self, before: str, session: str) -> None:
        """Note that a session is told apart from others of the same name now: it is not missed under that name."""
        if _name(session) == before:
            self.leaving.add(before)

    def ended(self, session: str, *, greeted: bool) -> None:
        """Count one connection less."""
        self._live[session] -= 1
        if self._live[session]:
            return
        del self._live[session]
        orderly = session in self.leaving
        self.leaving.discard(session)
        name = _name(session)
        if orderly or any(_name(other) == name for other in self._live):  # another life of it looks after the line
            self._heard.pop(session, None)
        if orderly:
            self._forget_lives(session)
        self._tell(SessionGone(session, orderly), greeted=greeted)

    def _forget_lives(self, session: str) -> None:
        """Drop what was heard of lives of a peer that have ended: it is back, or has left in order."""
        name = _name(session)
        for other in [one for one in self._heard if _name(one) == name and one not in self._live]:
            del self._heard[other]

    def _longest_gone(self) -> str:
        return min((name for name in self._heard if name not in self._live), key=self._heard.__getitem__, default="")

    def _tell(self, message: SessionUp | SessionGone, *, greeted: bool) -> None:
        """Tell the line, of a plain peer (a connection per command, it may be) only where that matters to it."""
        leased = self._facts.get("leased_sessions")
        if leased is not None and (greeted or message.session in leased):
            self._tell_line(message)


def _name(session: str) -> str:
    """Return whose session it is, in whichever life."""
    return session.partition("#")[0]
