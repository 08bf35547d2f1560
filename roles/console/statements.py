"""Statements from `-c` and from pipes: each runs when it is complete, the first that fails ends the run.

A compound statement is complete when a line at the left margin follows, at the end, or, on a pipe, when
nothing follows a blank line for a moment. So a function may have blank lines in it, which Python's own prompt
does not allow, and a pipe that stays open is not kept waiting.
"""

import codeop
import difflib
import sys
import textwrap
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from types import CodeType
from typing import Any

from actors.errors import CommandError
from roles.console import rendering
from roles.console.lines import Lines, PipeLines, TextLines
from roles.console.results import Misused, StoppedWaiting
from roles.console.screen import complain
from roles.scripting.outcome import ScriptFailed

FILENAME = "<console>"
QUIET_S = 0.2
_CONTINUING = ("else", "elif", "except", "finally")

EXPECTED = (CommandError, ScriptFailed, StoppedWaiting, Misused)


@dataclass(frozen=True, slots=True)
class Statement:
    """One complete statement. `line`: where it begins, from 1."""

    code: CodeType
    text: str
    line: int


def run_text(text: str, namespace: dict[str, Any]) -> int:
    """Run the statements of `-c`; return the exit code: 0, or 1 after the first failure. The main thread."""
    return _run(TextLines(textwrap.dedent(text)), namespace)


def run_pipe(descriptor: int, namespace: dict[str, Any]) -> int:
    """Run statements from a pipe (0 is standard input) until its end, each as soon as it is there."""
    return _run(PipeLines(descriptor), namespace)


def error_line(error: BaseException) -> str | None:
    """Return an expected failure as a person reads it, without traceback; None for any other error."""
    if isinstance(error, CommandError):
        return rendering.command_error(error)
    return str(error) if isinstance(error, EXPECTED) else None


def statements(lines: Lines) -> Iterator[Statement]:
    """Yield statements, each as soon as it is complete.

    Raises:
        SyntaxError: with the line number in the whole input.
    """
    held = _Held()
    while True:
        try:
            line = lines.next(QUIET_S if held.awaits_quiet() else None)
        except TimeoutError:
            yield held.release()
            continue
        if held and (line is None or (_at_margin(line) and held.closed())):
            yield held.release()
        if line is None:
            return
        held.add(line)
        if held.simple():
            yield held.release()


class _Held:
    """The lines of a statement that is not complete yet."""

    def __init__(self) -> None:
        self._compiler = codeop.CommandCompiler()  # remembers `from __future__` for the statements after it
        self._lines: list[str] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._lines)

    def add(self, line: str) -> None:
        """Take a line; blank ones and comments between statements are passed over."""
        self._count += 1
        if self._lines or (line.strip() and not line.lstrip().startswith("#")):
            self._lines.append(line)

    def simple(self) -> bool:
        """Whether it is complete whatever follows: no compound statement, no open bracket or string."""
        return bool(self._lines) and bool(self._lines[-1].strip()) and self._compiled("") is not None

    def closed(self) -> bool:
        """Whether it is complete if nothing more of it follows."""
        return self._compiled("\n\n") is not None

    def awaits_quiet(self) -> bool:
        """Whether a blank line has ended what may be a whole compound statement."""
        return bool(self._lines) and not self._lines[-1].strip() and self.closed()

    def release(self) -> Statement:
        """Return the statement, and hold nothing any more."""
        code, text, line = self._compiled("\n\n"), self._text(), self._begun()
        if code is None:
            last = (FILENAME, self._count, 0, self._lines[-1])
            raise SyntaxError("the input ends inside a statement", last)
        self._lines = []
        return Statement(code, text, line)

    def _text(self) -> str:
        return "\n".join(self._lines).rstrip()

    def _begun(self) -> int:
        return self._count - len(self._lines) + 1

    def _compiled(self, ending: str) -> CodeType | None:
        try:
            return self._compiler(self._text() + ending, FILENAME, "single")
        except SyntaxError as error:
            error.lineno = (error.lineno or 1) + self._begun() - 1
            raise
        except (OverflowError, ValueError) as error:
            raise SyntaxError(str(error), (FILENAME, self._begun(), 0, self._lines[0])) from None


def _at_margin(line: str) -> bool:
    if not line.strip() or line[0].isspace() or line.startswith("#"):
        return False
    return line.split(maxsplit=1)[0].rstrip(":") not in _CONTINUING


def _run(lines: Lines, namespace: dict[str, Any]) -> int:
    namespace.setdefault("__name__", "__console__")
    try:
        for statement in statements(lines):
            code = _execute(statement, namespace)
            if code is not None:
                return code
    except SyntaxError as error:
        complain(f"{error.__class__.__name__}: {error.msg}\n  line {error.lineno}: {(error.text or '').strip()}")
        return 1
    except KeyboardInterrupt:
        complain("stopped")
        return 1
    return 0


def _execute(statement: Statement, namespace: dict[str, Any]) -> int | None:
    """Return the exit code if this was the last statement, else None."""
    if statement.text.strip() in ("exit", "quit"):  # as at the console; Python would only say how it is meant
        return 0
    try:
        exec(statement.code, namespace)  # noqa: S102 - running what the person wrote is what it is for
        sys.stdout.flush()
    except SystemExit as error:
        if error.code is None or isinstance(error.code, int):
            return error.code or 0
        complain(str(error.code))
        return 1
    except EXPECTED as error:
        complain(error_line(error) or str(error))
        return 1
    except Exception as error:  # noqa: BLE001 - a mistake in what the person wrote, not in ours
        complain(_mistake(error, statement, namespace))
        return 1
    return None


def mistake_line(error: BaseException, names: Iterable[str]) -> str:
    """Return a mistake in what a person wrote in one line; a mistyped name with the nearest of the known `names`."""
    text = f"{error.__class__.__name__}: {error}"
    if isinstance(error, NameError) and error.name:
        near = difflib.get_close_matches(error.name, [name for name in names if name != error.name], n=1)
        text += f" (did you mean {near[0]}?)" if near else ""
    return text


def _mistake(error: Exception, statement: Statement, names: Iterable[str]) -> str:
    first, *more = statement.text.strip().splitlines()
    return f"{mistake_line(error, names)}\n  line {statement.line}: {first}{' ...' if more else ''}"
