"""A node of the lab as a supervised child process: started, watched, and gone when its parent goes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import structlog

from actors.actor import Context, ThreadActor

STOP_LIMIT_S = 1.2  # each: three of them fit the time that the whole node has
_LEVELS = {"warning", "error", "critical"}


class ProcessEnded(Exception):
    """A child process ended that nobody had asked to."""

    expected = True  # its one line says all; see `actors.messages.Failed`


@dataclass(frozen=True, slots=True)
class _Line:
    text: str


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int


class ChildProcess(ThreadActor):
    """The actor of one child process; its death is this actor's failure, so it is restarted as any other.

    It runs in a session of its own (Ctrl-C at the console does not reach it), without standard input, and stops by
    itself at the end of a pipe that only this process holds: no signal is needed, and none can be missed.

    Args:
        command: what to run; `--parent-pipe FD` is appended.
        ready: told, on this actor's thread, with the keys of the child's `role.ready` log line.
    """

    def __init__(
        self, context: Context, path: str, command: Sequence[str], ready: Callable[[Mapping[str, Any]], None]
    ) -> None:
        super().__init__(context, path)
        self._command = command
        self._ready = ready
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe = -1
        self._is_ready = False
        self._stopping = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {_Line: self._line, _Ended: self._ended_process}

    def begin(self) -> None:
        """Start the process; it says by itself when it is ready."""
        read, self._pipe = os.pipe()
        os.set_inheritable(read, True)
        try:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and roles
                [*self._command, "--parent-pipe", str(read)],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
                pass_fds=(read,),
                start_new_session=True,
            )
        finally:
            os.close(read)
        threading.Thread(target=self._listen, name=f"stderr-{self.path}", daemon=True).start()

    def make_safe(self) -> None:
        """End the process: its pipe first, then, if it does not stop by itself, by signal."""
        self._stopping = True
        if self._pipe >= 0:
            os.close(self._pipe)
            self._pipe = -1
        process = self._process
        if process is None or process.poll() is not None:
            return
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.log.warning("process.killed", pid=process.pid, why=f"it did not stop within {STOP_LIMIT_S:g} s")
            process.kill()
            process.wait(1.0)

    def detail(self) -> str:
        """See `Actor.detail`."""
        pid = self._process.pid if self._process else 0
        return f"pid {pid}" + ("" if self._is_ready else ", starting")

    def _listen(self) -> None:
        """Read the child's log; on a thread of its own, as both reading and waiting block."""
        process = self._process
        assert process is not None
        assert process.stderr is not None
        with contextlib.suppress(Exception):  # the actor may have ended before its process: then nobody listens
            for line in process.stderr:
                self.actor_ref.tell(_Line(line.decode("utf-8", "replace").rstrip()))
            self.actor_ref.tell(_Ended(process.wait()))
        process.stderr.close()

    def _line(self, line: _Line) -> None:
        try:
            record = json.loads(line.text)
        except ValueError:
            record = None
        if not isinstance(record, dict) or "event" not in record:
            if line.text:
                self.log.error("process.said", text=line.text)
            return
        event, level = str(record.pop("event")), str(record.pop("level", "info"))
        if event == "role.ready":
            self._is_ready = True
            self._ready(record)
        record.pop("ts", None)
        told = structlog.get_logger()
        getattr(told, level if level in _LEVELS else "info")(event, **record)

    def _ended_process(self, ended: _Ended) -> None:
        if not self._stopping:
            raise ProcessEnded(how_it_ended(ended.code))


def how_it_ended(code: int) -> str:
    """Return an exit status as a person reads it."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def watch_parent(descriptor: int, gone: Callable[[], None]) -> None:
    """Call `gone` when the parent's end of the pipe is closed, on a thread of its own."""

    def wait() -> None:
        with contextlib.suppress(OSError):
            while os.read(descriptor, 1):
                time.sleep(0)
        gone()

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def role_command(role: str, *flags: str) -> list[str]:
    """Return the command that runs a role with this interpreter."""
    return [sys.executable, "-m", f"roles.{role}", *flags]
