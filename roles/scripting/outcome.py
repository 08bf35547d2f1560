"""How an extraction script ended: values, and the failure that `run` raises."""

from dataclasses import dataclass
from enum import StrEnum


class JobState(StrEnum):
    """Where a script is in its life."""

    RUNNING = "running"
    CANCELLING = "cancelling"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class ScriptFailed(Exception):
    """A script has mistakes, stopped at a failure, aborted itself or was cancelled: `file:line: why`."""


class ScriptStop(BaseException):
    """Ends a script from within. A BaseException: a script's `except Exception` must not swallow it."""


class Aborted(ScriptStop):
    """The script called `abort(reason)`."""


class Cancelled(ScriptStop):
    """Somebody cancelled the script."""


@dataclass(frozen=True, slots=True)
class Job:
    """One script that runs or ran. `where`: the file and line it is at, or stopped at."""

    name: str
    state: JobState
    where: str
    took_s: float


@dataclass(frozen=True, slots=True, repr=False)
class ScriptResult:
    """A script that ran to its end. `commands`: how many of its words it has used."""

    name: str
    commands: int
    took_s: float
    label: str = ""

    def __str__(self) -> str:
        commands = "1 command" if self.commands == 1 else f"{self.commands} commands"
        return f"{self.name}  done  ({commands}, {self.took_s:.1f} s)  {self.label}".rstrip()

    __repr__ = __str__


@dataclass(frozen=True, slots=True, repr=False)
class Findings:
    """What a look at a script found, without running it."""

    name: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return "\n".join(self.lines) or f"{self.name}  no mistakes found"

    __repr__ = __str__
