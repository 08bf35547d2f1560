"""What is answered to who asked or told a furnace: done, refused because nothing was done, or unknown."""

import time

from actors.guard import Overtaken
from actors.messages import Kind, Outcome, Query, Reason
from hardware.errors import DeviceError, DeviceRefused, NotSent


class Answers:
    """The outcomes of one furnace. `name`: the furnace's."""

    def __init__(self, name: str) -> None:
        self._name = name

    def done(self, query: Query, text: str) -> Outcome:
        """It was done."""
        took_ms = (time.monotonic() - query.request.received) * 1000
        return Outcome(query.what, self._name, Kind.DONE, text=text, took_ms=took_ms)

    def refused(self, query: Query, reason: Reason, text: str) -> Outcome:
        """Nothing was done, and why."""
        return Outcome(query.what, self._name, Kind.REFUSED, reason=reason, text=text)

    def unknown(self, query: Query, text: str) -> Outcome:
        """Something was begun, and nobody knows what became of it."""
        return Outcome(query.what, self._name, Kind.UNKNOWN, reason=Reason.NO_ANSWER, text=text)

    def failed(self, query: Query, error: Exception, *, acted: bool, left_at: str) -> Outcome:
        """What an error means. `acted`: something may have been written; `left_at`: where that has left it."""
        if isinstance(error, DeviceRefused):
            return self.refused(query, Reason.FAILED, f"{error}{left_at}")
        if isinstance(error, NotSent) and not acted:
            return self.refused(query, Reason.NOT_CONNECTED, str(error))
        if isinstance(error, DeviceError):
            return self.unknown(query, str(error))
        if acted:
            return self.unknown(query, f"it was written, and then: {error}")
        if isinstance(error, Overtaken):
            return self.refused(query, error.reason, str(error))
        if isinstance(error, LookupError):  # no gauge has shown it
            return self.refused(query, Reason.NOT_AVAILABLE, str(error.args[0]))
        return self.refused(query, Reason.BAD_ARGUMENTS, str(error))  # none, or out of the controller's own range
