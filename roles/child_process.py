"""A node of the lab as a supervised child process: started, watched, and gone when its parent goes."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pykka
import structlog

from actors.actor import Context
from actors.placement import ThreadActor

STOP = b"s"  # the word to stop
LAST_WORDS_S = 0.3  # for the rest of the log of a child that has ended
STOP_LIMIT_S = 1.2  # each: three of them fit the time that the whole node has
_LEVELS = {"warning", "error", "critical"}


class ProcessEnded(Exception):
    """A child process ended that nobody had asked to."""

    expected = True  # its one line says all; see `actors.messages.Failed`


@dataclass(frozen=True, slots=True)
class _Ready:
    """The child's `role.ready` log line."""

    record: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Ended:
    code: int


class ChildProcess(ThreadActor):
    """The actor of one child process; its death is this actor's failure, so it is restarted as any other.

    It runs in a session of its own (Ctrl-C at the console does not reach it), without standard input, and stops by
    itself at a word on a pipe that only this process holds, or at the pipe's end, which says that this process has
    gone: no signal is needed, and none can be missed.

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
        self._listener: threading.Thread | None = None
        self._is_ready = False
        self._stopping = False

    def handlers(self) -> Mapping[type, Callable[[Any], Any]]:
        """See `Actor.handlers`."""
        return {_Ready: self._became_ready, _Ended: self._ended_process}

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
        self._listener = threading.Thread(target=self._listen, name=f"stderr-{self.path}", daemon=True)
        self._listener.start()

    def make_safe(self) -> None:
        """End the process: by a word on its pipe, then, if it does not stop by itself, by signal."""
        self._stopping = True
        if self._pipe >= 0:
            with contextlib.suppress(OSError):  # it has ended already
                os.write(self._pipe, STOP)
            os.close(self._pipe)
            self._pipe = -1
        process = self._process
        if process is None:
            return
        try:
            process.wait(STOP_LIMIT_S)
        except subprocess.TimeoutExpired:
            self.log.warning("process.killed", pid=process.pid, why=f"it did not stop within {STOP_LIMIT_S:g} s")
            process.kill()
            process.wait(1.0)
        if self._listener is not None:
            self._listener.join(LAST_WORDS_S)

    def detail(self) -> str:
        """See `Actor.detail`."""
        pid = self._process.pid if self._process else 0
        return f"pid {pid}" + ("" if self._is_ready else ", starting")

    def _listen(self) -> None:
        """Read the child's log to its end; on a thread of its own, as both reading and waiting block."""
        process = self._process
        assert process is not None
        assert process.stderr is not None
        for line in process.stderr:
            try:
                self._relay(line.decode("utf-8", "replace").rstrip())
            except Exception as error:  # whatever a line does to us, the pipe is read on: a full one stops the child
                self.log.exception("process.unreadable", why=str(error))
        self._tell_myself(_Ended(process.wait()))
        process.stderr.close()

    def _relay(self, line: str) -> None:
        """Log what the child logged."""
        try:
            record = json.loads(line)
        except ValueError:
            record = None
        if not isinstance(record, dict) or "event" not in record:
            if line:
                self.log.error("process.said", text=line)
            return
        event, level = str(record.pop("event")), str(record.pop("level", "info"))
        if event == "role.ready":
            self._tell_myself(_Ready(dict(record)))
        record.pop("ts", None)
        told = structlog.get_logger()
        getattr(told, level if level in _LEVELS else "info")(event, **record)

    def _tell_myself(self, message: _Ready | _Ended) -> None:
        with contextlib.suppress(pykka.ActorDeadError):  # it is being stopped: nobody needs to know
            self.actor_ref.tell(message)

    def _became_ready(self, ready: _Ready) -> None:
        self._is_ready = True
        self._ready(ready.record)

    def _ended_process(self, ended: _Ended) -> None:
        if not self._stopping:
            raise ProcessEnded(how_it_ended(ended.code))


def how_it_ended(code: int) -> str:
    """Return an exit status as a person reads it."""
    if code < 0:
        return f"killed by {signal.Signals(-code).name}"
    return f"ended with exit code {code}"


def watch_parent(descriptor: int, ends: Callable[[bool], None]) -> None:
    """Call `ends`, on a thread of its own, when the parent wants this process to stop.

    It is told whether the parent has gone: then it has closed its end of the pipe without the word to stop.
    """

    def wait() -> None:
        told = b""
        with contextlib.suppress(OSError):
            told = os.read(descriptor, 1)
        ends(told != STOP)

    threading.Thread(target=wait, name="parent-watch", daemon=True).start()


def role_command(role: str, *flags: str) -> list[str]:
    """Return the command that runs a role with this interpreter."""
    return [sys.executable, "-m", f"roles.{role}", *flags]
