"""Whether the store can write, and who is told when that turns: the line, the log, whoever listens to alarms."""

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from actors.actor import Context
from actors.facts import StoreHealth
from actors.messages import News, Tick

LINE, CHRONICLE = "extraction_line", "chronicle"
PROBE_EVERY_S = 5.0
TELL_AGAIN_S = 0.2  # an alarm, while the chronicle has not started
ALARM = "alarm.store"
ALARM_SET_ASIDE = "alarm.store_set_aside"
TROUBLE, SET_ASIDE = "store_trouble", "store_set_aside"  # among the context's facts: a sentence for a person, or ""


class Health:
    """A part of the store, on its thread.

    Args:
        later: tells the store a `Tick` after so many seconds: "probe" when it is to be tried whether the disk takes
            something again, "alarm" when `tell_again` is due.
        log: structlog's, the store's own.

    Attributes:
        trouble: why nothing can be written now, or "".
    """

    def __init__(self, context: Context, file: Path | str, later: Callable[[float, Tick], None], log: Any) -> None:
        self._context = context
        self._file = file
        self._later = later
        self._log = log
        self._since = 0.0
        self._untold: list[News] = []
        self.trouble = ""

    def begin(self) -> None:
        """Take over what an earlier store of this process had told: that ends only when something has been written."""
        if self._context.facts.get(TROUBLE):
            self.trouble, self._since = "it could not be written before the store was restarted", time.monotonic()
            self._later(0.0, Tick("probe"))

    def fell(self, why: str) -> None:
        """Nothing can be written: told once, however often it is tried."""
        again, self.trouble = bool(self.trouble), why
        self._later(PROBE_EVERY_S, Tick("probe"))
        if again:
            return
        self._since = time.monotonic()
        text = f"the store cannot be written: {why}. Valves still move; nothing can be locked, claimed or counted"
        self._context.facts[TROUBLE] = text
        self._log.error("store.unwritable", file=str(self._file), why=why)
        self._context.directory.tell(LINE, StoreHealth(ok=False, why=why))
        self._alarm(News(ALARM, value=True, extra={"text": text}))

    def recovered(self, rows: int, lost: int) -> None:
        """All that waited is written: so many journal rows. `lost`: how many more had waited than are kept."""
        self.trouble = self._context.facts[TROUBLE] = ""
        if lost:
            self._log.error("journal.lost", rows=lost, why="more waited for the disk than are kept")
        took_s = round(time.monotonic() - self._since, 1)
        self._log.warning("store.writable", after_s=took_s, rows_written=rows, rows_lost=lost)
        self._context.directory.tell(LINE, StoreHealth(ok=True))
        text = f"the store is written again; {rows} journal rows waited, {lost} were lost"
        self._alarm(News(ALARM, value=False, extra={"text": text}))

    def set_aside(self, aside: Path, why: str) -> None:
        """A store could not be read, and another one has been begun."""
        text = (
            f"the store could not be read ({why}); it was set aside as {aside.name}. Every valve of this node is locked"
        )
        self._context.facts[SET_ASIDE] = text
        self._log.error("store.set_aside", file=str(aside), why=why, locked="every valve of this node")
        self._alarm(News(ALARM_SET_ASIDE, value=True, extra={"text": text}))

    def tell_again(self) -> None:
        """Tell the alarms that nobody took so far, in order."""
        untold, self._untold = self._untold, []
        for news in untold:
            self._alarm(news)

    def _alarm(self, news: News) -> None:
        if self._untold or not self._context.directory.tell(CHRONICLE, news):
            if not self._untold:
                self._later(TELL_AGAIN_S, Tick("alarm"))
            self._untold.append(news)
