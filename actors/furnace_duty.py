"""What a furnace has to do, whatever becomes of its actor; on the disk, whatever becomes of the process."""

import json
import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import structlog

from actors.furnace_ramp import Ramp

log = structlog.get_logger()


@dataclass
class Duty:
    """Kept in the facts of a node, and used by the furnace actor alone.

    Attributes:
        tripped: why it has switched itself off, until a person resets that; "": it has not.
        owed: why the heater has to be off and has not been seen to be; "": nothing is owed.
        may_heat: it may be heating: nobody has seen it off since it was told to heat, or seen to.
        ramp: the ramp or soak that is under way, or None.
        written_c: the set-point that a ramp wrote last, degrees Celsius.
        began: wall-clock seconds at which the node began.
    """

    tripped: str = ""
    owed: str = ""
    may_heat: bool = False
    ramp: Ramp | None = None
    written_c: float | None = None
    began: float = field(default_factory=time.time)

    def kept(self) -> dict[str, Any]:
        """Return what the disk has to know."""
        ramp = {"to_c": self.ramp.to_c, "soak_s": self.ramp.soak_s} if self.ramp is not None else None
        return {"tripped": self.tripped, "owed": self.owed, "may_heat": self.may_heat, "ramp": ramp}


class DutyFile:
    """Keeps a duty on the disk: that it may heat before it does, all else as soon as it is so. One thread.

    A ramp is not gone on with after the process has ended: nobody knows what the furnace did meanwhile. It is a trip.

    Args:
        path: the file; None: nothing is kept.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._written: dict[str, Any] | None = None
        self._trouble = ""

    def read(self) -> Duty:
        """Return the duty that an earlier process has left; one that cannot be read is a trip."""
        if self._path is None or not self._path.exists():
            return Duty()
        try:
            told = json.loads(self._path.read_text(encoding="utf-8"))
            tripped, owed = str(told["tripped"]), str(told["owed"])
            ramp, may_heat = told["ramp"], bool(told["may_heat"])
            if ramp is not None and not tripped:
                tripped = f"the program ended during a ramp to {float(ramp['to_c']):g} C"
        except (OSError, ValueError, KeyError, TypeError) as error:
            tripped = owed = f"what it had to do cannot be read: {self._path}: {error}"
            may_heat = True
        return Duty(tripped, owed or tripped, may_heat)

    def write(self, duty: Duty) -> None:
        """Put it on the disk, if it has changed. A disk that does not take it is told in the log, and nothing waits."""
        kept = duty.kept()
        if self._path is None or kept == self._written:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new = self._path.with_suffix(".new")
            with new.open("w", encoding="utf-8") as file:
                json.dump(kept, file)
                file.flush()
                os.fsync(file.fileno())
            new.replace(self._path)
        except OSError as error:
            if str(error) != self._trouble:
                log.error("furnace.duty_not_kept", file=str(self._path), why=str(error))
            self._trouble = str(error)
            return
        self._written, self._trouble = kept, ""
