"""A pipette's count: the inner valve arms it when it opens, the outer one then takes a shot. Pure."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from actors.messages import State
from actors.table import PipetteSpec


@dataclass(frozen=True, slots=True)
class Count:
    """What is known of one pipette. `last_shot`: UTC seconds, 0.0: none yet."""

    armed: bool = False
    shots: int = 0
    last_shot: float = 0.0

    def opened(self, part: str, at: float) -> "Count":
        """Return the count after its inner or outer valve was seen to have opened at `at` (UTC seconds)."""
        if part == "inner":
            return replace(self, armed=True)
        return Count(armed=False, shots=self.shots + 1, last_shot=at) if self.armed else self

    def text(self) -> str:
        """Return it as it is kept on disk."""
        return json.dumps({"armed": self.armed, "shots": self.shots, "last_shot": self.last_shot})

    @classmethod
    def read(cls, text: str) -> "Count":
        """Read what `text` has written.

        Raises:
            ValueError: it is no such text.
        """
        try:
            told = json.loads(text)
            return cls(bool(told["armed"]), int(told["shots"]), float(told["last_shot"]))
        except (ValueError, TypeError, KeyError) as error:
            raise ValueError(f"{text[:80]!r} is no pipette's count: {error!r}") from error


@dataclass
class Counts:
    """All pipettes of a line, by name; the parts by valve."""

    counts: dict[str, Count] = field(default_factory=dict)
    parts: dict[str, tuple[str, str]] = field(default_factory=dict)  # valve -> its pipette, "inner" or "outer"

    @classmethod
    def of(cls, specs: Iterable[PipetteSpec], kept: Mapping[str, str]) -> "Counts":
        """Make those of a line, with what was kept of them.

        Raises:
            ValueError: what was kept is no count.
        """
        made = cls()
        for spec in specs:
            made.counts[spec.name] = Count.read(kept[spec.name]) if spec.name in kept else Count()
            made.parts[spec.inner] = (spec.name, "inner")
            made.parts[spec.outer] = (spec.name, "outer")
        return made

    def pipette_of(self, valve: str) -> str:
        """Return the pipette that a valve belongs to, or ""."""
        return self.parts.get(valve, ("", ""))[0]

    def would_change(self, valve: str) -> bool:
        """Whether opening a valve would change a count."""
        pipette, part = self.parts.get(valve, ("", ""))
        return bool(pipette) and self.counts[pipette].opened(part, 0.0) != self.counts[pipette]

    def noticed(self, valve: str, before: State, now: State, at: float) -> str:
        """Take in that a valve stands otherwise than before; return the pipette whose count that changed, or ""."""
        pipette, part = self.parts.get(valve, ("", ""))
        if not pipette or now is not State.OPEN or before is State.OPEN:
            return ""
        count = self.counts[pipette].opened(part, at)
        changed = count != self.counts[pipette]
        self.counts[pipette] = count
        return pipette if changed else ""
