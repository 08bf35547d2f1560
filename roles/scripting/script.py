"""One extraction script on a thread of its own, from its first line to its end, whichever that is.

A cancellation is noticed at the script's next word and inside its `sleep`. A script that says no word, a loop
of plain Python, is interrupted by an exception that the interpreter raises in its thread. Only a script that
hangs inside somebody else's C code cannot be, and that is said.
"""

import ast
import ctypes
import itertools
import re
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import CodeType, FrameType, TracebackType
from typing import Any

import structlog

from actors.errors import CommandError
from roles.console.operator import Operator
from roles.console.rendering import command_error
from roles.scripting.check import Source
from roles.scripting.names import defines_main
from roles.scripting.outcome import Aborted, Cancelled, Job, JobState, ScriptFailed, ScriptResult
from roles.scripting.words import Words

GENTLE_S = 0.3  # a script that says words stops by itself in this time
INTERRUPT_EVERY_S = 0.2
_numbers = itertools.count(1)
LATE_S = 2.0  # from here on it is interrupted wherever it is, also inside a library


class Script:
    """One run of one script.

    Args:
        load: returns the checked source of the script that `gosub` names in a script of that folder.
        say: takes what `info` says.
        claims: valves that are claimed before the first line; whatever is claimed is released at the end.
    """

    def __init__(
        self,
        source: Source,
        operator: Operator,
        load: Callable[[str, Path | None], Source],
        say: Callable[[str], None],
        claims: Sequence[str] = (),
    ) -> None:
        operator = operator.hands(f"script-{next(_numbers)}-{_word(source.file)}")
        self.name = source.file
        self._source = source
        self._load = load
        self._label = operator.label
        self._log = structlog.get_logger().bind(node=operator.node, actor=f"script.{source.file}")
        self._cancelled = threading.Event()
        self._ended = threading.Event()
        self._gate = threading.Lock()  # held while the thread is interrupted, and while it leaves the script's code
        self._interruptible = False
        self._files: set[str] = set()
        self._folders: list[Path | None] = []  # of the scripts that are in each other's gosub now
        self._state = JobState.RUNNING
        self._why = ""
        self._where = source.file
        self._began = time.monotonic()
        self._took_s = 0.0
        self._words = Words(operator, self._cancelled, lambda text: say(f"{self.name}: {text}"), self._gosub)
        self._claims = claims
        self._cancelled_why = ""
        self._forget = operator.on_safe_state(self._safe_state_called)
        self._thread = threading.Thread(target=self._run, name=f"script-{self.name}", daemon=True)

    def start(self) -> None:
        """Start at the first line."""
        self._thread.start()

    def wait(self, timeout_s: float | None = None) -> bool:
        """Wait for the end; return whether it has come."""
        ended = self._ended.wait(timeout_s)
        if ended:
            self._thread.join()
        return ended

    def cancel(self, within_s: float = 5.0) -> bool:
        """Stop the script; return whether it has ended within `within_s` seconds. Blocks until then."""
        self._cancelled.set()
        began = time.monotonic()
        ended = self.wait(min(GENTLE_S, within_s))
        while not ended and (passed_s := time.monotonic() - began) < within_s:
            self._interrupt(anywhere=passed_s > LATE_S)
            ended = self.wait(INTERRUPT_EVERY_S)
        return ended

    def job(self) -> Job:
        """Return how it is now."""
        if self._ended.is_set():
            return Job(self.name, self._state, self._where, self._took_s)
        state = JobState.CANCELLING if self._cancelled.is_set() else JobState.RUNNING
        frame = self._frame()
        where = f"{frame.f_code.co_filename}:{frame.f_lineno}" if frame is not None else self.name
        return Job(self.name, state, where, time.monotonic() - self._began)

    def result(self) -> ScriptResult:
        """Return the result of a script that is done.

        Raises:
            ScriptFailed: it ended otherwise, or has not ended.
        """
        job = self.job()
        if job.state is JobState.DONE:
            return ScriptResult(self.name, self._words.used, self._took_s, self._label)
        if not self._ended.is_set():
            raise ScriptFailed(f"{job.where}: has not stopped; it will at its next command")
        raise ScriptFailed(self._why)

    def _run(self) -> None:
        error: BaseException | None = None
        self._log.info("script.started")
        try:
            with self._gate:
                self._interruptible = True
            for valve in self._claims:
                self._words.claim(valve)
            self._execute(self._source)
        except BaseException as raised:  # noqa: BLE001 - the edge of a thread; `_settle` names every kind
            error = raised
        self._leave()
        self._forget()
        self._words.let_go()
        self._settle(error)

    def _safe_state_called(self, who: str) -> None:
        """Be cancelled, by a thread of its own: the line is not to wait for it."""
        self._cancelled_why = f": the safe state was called by {who}"
        self._cancelled.set()
        threading.Thread(target=self.cancel, name=f"cancel-{self.name}", daemon=True).start()

    def _execute(self, source: Source) -> None:
        code: CodeType = compile(source.text, source.file, "exec", dont_inherit=True)
        self._files.add(source.file)
        names: dict[str, object] = {"__name__": "__script__", "__file__": source.file, **self._words.bound()}
        self._folders.append(source.folder)
        try:
            exec(code, names)  # noqa: S102 - a script is code that the lab wrote
            if defines_main(ast.parse(source.text)):
                main: Any = names["main"]  # as in Pychron's scripts
                main()
        finally:
            self._folders.pop()

    def _gosub(self, name: str) -> None:
        self._execute(self._load(name, self._folders[-1]))

    def _leave(self) -> None:
        while True:
            try:
                with self._gate:
                    self._interruptible = False
                    _raise_in(threading.get_ident(), None)  # what was raised too late to be seen is taken back
                return  # noqa: TRY300 - the loop is for the interruption that arrives between two lines
            except Cancelled:
                continue

    def _settle(self, error: BaseException | None) -> None:
        self._took_s = time.monotonic() - self._began
        where = self._place(error.__traceback__ if error is not None else None)
        if error is None or (isinstance(error, SystemExit) and not error.code):
            self._state = JobState.DONE
        else:
            self._state = JobState.CANCELLED if isinstance(error, Cancelled) else JobState.FAILED
            why = self._cancelled_why if isinstance(error, Cancelled) else ""
            self._why = str(error) if isinstance(error, ScriptFailed) else f"{where}: {_reason(error)}{why}"
        self._where = where
        self._log.info("script.ended", state=str(self._state), took_s=round(self._took_s, 3), why=self._why)
        self._ended.set()

    def _place(self, trace: TracebackType | None) -> str:
        where = self.name
        while trace is not None:
            if trace.tb_frame.f_code.co_filename in self._files:
                where = f"{trace.tb_frame.f_code.co_filename}:{trace.tb_lineno}"
            trace = trace.tb_next
        return where

    def _frame(self) -> FrameType | None:
        frame = self._top_frame()
        while frame is not None and frame.f_code.co_filename not in self._files:
            frame = frame.f_back
        return frame

    def _top_frame(self) -> FrameType | None:
        ident = self._thread.ident
        return sys._current_frames().get(ident) if ident is not None else None  # noqa: SLF001 - as its docs suggest

    def _interrupt(self, *, anywhere: bool) -> None:
        top = self._top_frame()
        if not anywhere and (top is None or top.f_code.co_filename not in self._files):
            return  # inside a word: it is left to finish what it has begun
        with self._gate:
            if self._interruptible and self._thread.ident is not None:
                _raise_in(self._thread.ident, Cancelled)


def _word(file: str) -> str:
    """Return a script's name as a word that can stand in a session's."""
    return re.sub(r"[^A-Za-z0-9_.-]+", "_", Path(file).stem)[:40] or "script"


def _raise_in(ident: int, kind: type[BaseException] | None) -> None:
    wanted = ctypes.py_object(kind) if kind is not None else None
    ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(ident), wanted)


def _reason(error: BaseException) -> str:
    if isinstance(error, CommandError):
        return command_error(error)
    if isinstance(error, Aborted):
        return f"aborted: {error}"
    if isinstance(error, Cancelled):
        return "cancelled"
    if isinstance(error, SystemExit):
        return f"exit({error.code!r})"
    return f"{error.__class__.__name__}: {error}"
