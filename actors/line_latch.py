"""The latch of the safe state: while it holds, nothing opens. It holds at once, and is on disk as soon as can be."""

from collections.abc import Mapping
from typing import Any

from actors.facts import Fact
from actors.line_durable import Durable
from actors.line_terms import Terms
from actors.messages import News

LATCH = "line"  # subject of the fact
FAR_LATCHED = "far_latches"  # among the context's facts: node -> by whom and when it was called there
LATCHED = "safe_latch"  # among the context's facts: by whom and when the safe state was called, or ""


class Latch:
    """A part of the safe state.

    Args:
        facts: the context's: what an earlier line of this process knew, whether or not it got to the disk.
    """

    def __init__(self, durable: Durable, terms: Terms, facts: dict[str, Any]) -> None:
        self._durable, self._terms, self._facts = durable, terms, facts

    @property
    def who(self) -> str:
        """By whom and when it was called, or ""."""
        return self._terms.latched

    def remember(self, kept: Mapping[str, str]) -> None:
        """Take in that an earlier line, or an earlier life, was latched."""
        on_disk = kept.get(LATCH, "")
        who = str(self._facts.get(LATCHED, on_disk))
        self._set(who)
        if who and who != on_disk:
            self._durable.insist(Fact.SAFE, LATCH, who)

    def hold(self, who: str) -> bool:
        """Let nothing open from now on; False: that cannot get to the disk now. It is tried again until it does."""
        self._set(who)
        return self._durable.insist(Fact.SAFE, LATCH, who)

    def wish_free(self) -> bool:
        """Have it on disk that it holds no longer; False: the store is not running."""
        self._durable.give_up(Fact.SAFE, LATCH)
        return self._durable.note(Fact.SAFE, LATCH, "")

    def hold_on(self) -> None:
        """Go on as it is: that it was freed could not be kept."""
        if self.who:
            self._durable.insist(Fact.SAFE, LATCH, self.who)

    def free(self) -> None:
        """Let valves open again: that they may is on disk."""
        self._set("")

    def tell(self) -> None:
        """Tell that an earlier line was latched."""
        if self.who:
            self._durable.ledger.tell("chronicle", News("safe_state", "latched", extra={"by": self.who}))

    def _set(self, who: str) -> None:
        self._terms.latched = self._facts[LATCHED] = who
        self._durable.ledger.revision += 1
