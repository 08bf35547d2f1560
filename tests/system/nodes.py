"""Real processes for the system tests: started, listened to by their log, driven by a pipe, ended by any means."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from importlib import resources
from pathlib import Path
from typing import IO, Any, Self, TypeVar

import roles
from roles.boot.starter import write_starter

LIMIT_S = 15.0  # for anything that a healthy node does in one second on a busy computer
GAP_S = 0.02  # between two looks at what only an outside process knows
ANY_PORTS = ("notifier.host=127.0.0.1", "notifier.port=0")
ANY_LISTENER = (*ANY_PORTS, "server.host=127.0.0.1", "server.port=0")

Record = dict[str, Any]
T = TypeVar("T")


def eventually(look: Callable[[], T], what: str, limit_s: float = LIMIT_S) -> T:
    """Return what `look` returns as soon as that is true; for what only another process can change."""
    ends_by = time.monotonic() + limit_s
    while not (found := look()):
        assert time.monotonic() < ends_by, f"not within {limit_s:g} s: {what}"
        time.sleep(GAP_S)
    return found


def settings(*pairs: str) -> list[str]:
    """Return `--set` flags."""
    return [word for pair in pairs for word in ("--set", pair)]


def starter_site(role: str, root: Path) -> Path:
    """Write the starter site of a role to `root`."""
    write_starter(resources.files("roles.defaults") / role, root)
    return root


class Lines:
    """The lines of a pipe, read by a thread of their own; waits end when what they wait for has come."""

    def __init__(self, pipe: IO[bytes]) -> None:
        self.all: list[str] = []
        self._pipe = pipe
        self._ended = False
        self._came = threading.Condition()
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def wait(self, look: Callable[[list[str]], T], what: str, limit_s: float) -> T:
        """Return what `look` finds in the lines so far, as soon as it finds something."""
        ends_by = time.monotonic() + limit_s
        with self._came:
            while not (found := look(self.all)):
                left_s = ends_by - time.monotonic()
                if self._ended or left_s <= 0:
                    how = "the pipe ended" if self._ended else f"{limit_s:g} s passed"
                    raise AssertionError(f"{how} before {what}; the last lines:\n" + "\n".join(self.all[-40:]))
                self._came.wait(left_s)
            return found

    def join(self) -> None:
        self._thread.join(LIMIT_S)
        assert not self._thread.is_alive(), "a process that has ended left its pipe open to another"
        self._pipe.close()

    def _read(self) -> None:
        for line in self._pipe:
            with self._came:
                self.all.append(line.decode("utf-8", "replace").rstrip("\r\n"))
                self._came.notify_all()
        with self._came:
            self._ended = True
            self._came.notify_all()


class RoleProcess:
    """`python -m roles.<role>` with these flags. `home`: its HOME and its folder for temporary files."""

    def __init__(self, role: str, *flags: str, home: Path, piped: bool = False) -> None:
        home.mkdir(parents=True, exist_ok=True)
        paths = [str(Path(roles.__file__).parents[1]), *filter(None, [os.environ.get("PYTHONPATH", "")])]
        place = {"HOME": str(home), "TMPDIR": str(home), "PYTHONPATH": os.pathsep.join(paths)}
        self._records: list[Record | None] = []
        self.process = subprocess.Popen(
            [sys.executable, "-m", f"roles.{role}", *flags],
            stdin=subprocess.PIPE if piped else subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env={**os.environ, **place},
            start_new_session=True,
        )
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        self.out, self.err = Lines(self.process.stdout), Lines(self.process.stderr)

    @property
    def pid(self) -> int:
        return self.process.pid

    def records(self, event: str = "", **keys: object) -> list[Record]:
        """Return the log records of this name with these values, so far."""
        wanted = {**({"event": event} if event else {}), **keys}
        return [record for record in self._parsed() if record and wanted.items() <= record.items()]

    def wait_event(self, event: str, nth: int = 1, limit_s: float = LIMIT_S, **keys: object) -> Record:
        """Return the nth log record of this name with these values, waiting for it."""
        what = f"the log told {event} {keys or ''} {nth} times"
        return self.err.wait(lambda _lines: self.records(event, **keys)[nth - 1 :], what, limit_s)[0]

    def ready(self) -> Record:
        """Wait until the node itself, and no child of it, is ready; return the record with its ports."""
        return self.wait_event("role.ready", pid=self.pid)

    def ended(self, limit_s: float = LIMIT_S) -> int:
        """Wait until it has ended; return its exit code. Everything that it printed is in `out` and `err` then."""
        code = self.process.wait(limit_s)
        self.out.join()
        self.err.join()
        if self.process.stdin is not None:
            with contextlib.suppress(OSError):
                self.process.stdin.close()
        return code

    def stop(self) -> int:
        """Ask it to stop, as systemd does; return its exit code."""
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGCONT)
        self.process.terminate()
        return self.ended()

    def kill(self) -> None:
        """End it without a word."""
        self.process.kill()
        self.ended()

    def complaints(self) -> list[str]:
        """Return what it said on stderr beside its log."""
        return [line for line, record in zip(self.err.all, self._parsed(), strict=False) if record is None and line]

    def _parsed(self) -> list[Record | None]:
        for line in self.err.all[len(self._records) :]:
            self._records.append(_record(line))
        return self._records

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_why: object) -> None:
        if self.process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, signal.SIGCONT)
            self.process.terminate()
            try:
                self.process.wait(6.0)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.ended()


class Console(RoleProcess):
    """A role with a pipe for its statements. `-v`: otherwise a console keeps its log to its file."""

    def __init__(self, role: str, *flags: str, home: Path) -> None:
        super().__init__(role, "-v", "--log", "json", *flags, home=home, piped=True)
        self._asked = 0

    def say(self, statement: str, limit_s: float = LIMIT_S) -> str:
        """Run one statement; return what it printed, or the one line of its failure: `RAISED Interlocked: ...`."""
        self._asked += 1
        end = f"--- {self._asked} ---"
        source = f"exec(compile({statement!r}, 'said', 'single'))"
        failed = "print('RAISED', type(why).__name__ + ':', why)"
        self.tell(f"try: {source}\nexcept Exception as why: {failed}\nprint({end!r}, flush=True)")
        printed = self.out.wait(lambda lines: end in lines and lines[: lines.index(end)], f"{statement} ended", limit_s)
        last = f"--- {self._asked - 1} ---"
        return "\n".join(printed[printed.index(last) + 1 :] if last in printed else printed)

    def tell(self, statements: str) -> None:
        """Write to the console's pipe, and wait for nothing."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{statements}\n".encode())
        self.process.stdin.flush()

    def leave(self) -> int:
        """End the pipe: the role stops. Return its exit code."""
        assert self.process.stdin is not None
        self.process.stdin.close()
        return self.ended()


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended and was not waited for by its parent does not."""
    asked = subprocess.run(["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return asked.stdout.strip()[:1] not in ("", "Z")


@contextlib.contextmanager
def suspended(process: subprocess.Popen[bytes], for_s: float) -> Iterator[None]:
    """Suspend a process for at least `for_s` seconds, and as long as the block takes."""
    process.send_signal(signal.SIGSTOP)
    _, status = os.waitpid(process.pid, os.WUNTRACED)
    assert os.WIFSTOPPED(status), "it ended instead"
    until = time.monotonic() + for_s
    try:
        yield
        time.sleep(max(0.0, until - time.monotonic()))  # the age of what waits for it is what is tested
    finally:
        process.send_signal(signal.SIGCONT)


def run_role(role: str, *flags: str, home: Path) -> RoleProcess:
    """Run a role that ends by itself, and wait for that."""
    process = RoleProcess(role, *flags, home=home)
    try:
        process.ended(40.0)
    finally:
        process.process.kill()
    return process


def _record(line: str) -> Record | None:
    try:
        record = json.loads(line)
    except ValueError:
        return None
    return record if isinstance(record, dict) and "event" in record else None
