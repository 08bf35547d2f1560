"""A real valve controller on a generated site, and the console of the embedded lab: started, awaited, ended."""

import contextlib
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.reference import PROJECT

READY_LIMIT_S = 30.0
LOOK_S = 0.001
WRITER_S = 0.15  # after the journal is whole: the log writer's pause, with some room
MOST_CONNECTIONS = 1300
SETTINGS = (
    "server.port=0",
    f"server.max_connections={MOST_CONNECTIONS}",
    "notifier.port=0",
    "notifier.host=127.0.0.1",
    "cpu=none",
)
_BINARY = {"valve_opens_when": "relay_closed", "klass": "DummyGPActuator", "name": "relays"}


class NotReady(Exception):
    """A role ended or fell silent, or took too long to be usable; the text is what it logged."""


@dataclass(frozen=True)
class Controller:
    """A running `python -m roles.valve_controller`. `started_s`: from its start to `role.ready`."""

    port: int
    pid: int
    started_s: float
    root: Path
    log: Path

    def journaled(self) -> int:
        """Return how many commands the journal holds."""
        database = sqlite3.connect(f"file:{self.root / 'state' / 'store.sqlite'}?mode=ro", uri=True)
        try:
            rows: int = database.execute("SELECT count(*) FROM journal").fetchone()[0]
        finally:
            database.close()
        return rows

    def logged(self) -> int:
        """Return how many commands the log tells as done."""
        return self.log.read_bytes().count(b'"command.done"')

    def settle(self, commands: int, limit_s: float = 10.0) -> float:
        """Wait until so many commands are in the journal: what is done behind the replies must burden no other lap.

        Returns the seconds that it took; what is missing then is told by `journaled`.
        """
        began = time.monotonic()
        while self.journaled() < commands and time.monotonic() - began < limit_s:
            time.sleep(0.02)
        took_s = time.monotonic() - began
        time.sleep(WRITER_S)
        return took_s


def valve_names(count: int) -> list[str]:
    """Return A..P for the clients, then V017 and so on."""
    return [chr(ord("A") + at) if at < 16 else f"V{at + 1:03d}" for at in range(count)]


def write_site(root: Path, valves: int) -> None:
    """Write a site of `valves` valves on one in-memory actuator; the first 16 have an interlock to be looked at."""
    names = valve_names(valves)
    interlocked = {name: names[16 + at] for at, name in enumerate(names[:16])} if valves > 32 else {}
    rows = [
        {"name": name, "address": str(at), "actuator": "relays", "description": f"valve number {at}"}
        | ({"interlock": [interlocked[name]]} if name in interlocked else {})
        for at, name in enumerate(names)
    ]
    plugins = "".join(f'<plugin enabled="true">{name}</plugin>' for name in ("ExtractionLine", "RemoteCommandServer"))
    files = {
        "initialization.xml": f"<root><plugins><general>{plugins}</general></plugins></root>\n",
        "extractionline/valves.yaml": "".join(f"- {json.dumps(row)}\n" for row in rows),
        "devices/relays.yaml": json.dumps(_BINARY) + "\n",
        "servers/remote_command_server.yaml": "host: 127.0.0.1\n",
    }
    for name, text in files.items():
        path = root / "setupfiles" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


@contextlib.contextmanager
def controller(valves: int) -> Iterator[Controller]:
    """Run a controller of so many valves on the cores that this thread may use; its site is removed afterwards."""
    with tempfile.TemporaryDirectory(prefix="valvetree-benchmark-") as folder:
        root, log = Path(folder) / "site", Path(folder) / "stderr"
        write_site(root, valves)
        flags = [word for setting in SETTINGS for word in ("--set", setting)]
        command = [sys.executable, "-m", "roles.valve_controller", "--root", str(root), "--headless", "--log", "json"]
        began = time.monotonic()
        with log.open("wb") as stderr, _process([*command, *flags], stderr=stderr) as process:
            ready = _wait_ready(process, log, began)
            started_s = time.monotonic() - began
            try:
                yield Controller(int(str(ready["port"])), process.pid, started_s, root, log)
            except (ConnectionError, TimeoutError) as broken:
                raise NotReady(f"{broken}; the controller's last words:\n{_last_words(log)}") from broken


@contextlib.contextmanager
def _process(command: list[str], **streams: Any) -> Iterator["subprocess.Popen[bytes]"]:  # Any: as Popen takes them
    process = subprocess.Popen(command, cwd=PROJECT, stdin=subprocess.DEVNULL, bufsize=0, **streams)
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait_ready(process: "subprocess.Popen[bytes]", log: Path, began: float) -> Mapping[str, object]:
    with log.open("rb") as lines:
        text = b""
        while time.monotonic() - began < READY_LIMIT_S:
            text += lines.read()
            *whole, text = text.split(b"\n")
            for line in whole:
                if b'"role.ready"' in line:
                    told: Mapping[str, object] = json.loads(line)
                    return told
            if process.poll() is not None:
                break
            time.sleep(LOOK_S)
    raise NotReady(_last_words(log))


def _last_words(log: Path) -> str:
    """Return the end of the log, without the commands that went well."""
    lines = log.read_text(errors="replace").splitlines()
    return "\n".join([line for line in lines if '"command.done"' not in line][-20:])


def console_s() -> float:
    """Return the seconds from `python -m roles.acquisition -c "states()"` to its output: the embedded lab, usable.

    Raises:
        NotReady: it failed, or did not show the lab's valves.
    """
    with tempfile.TemporaryDirectory(prefix="valvetree-benchmark-") as home:
        environment = {**os.environ, "HOME": home}  # no site in it: so it is the embedded lab
        command = [sys.executable, "-m", "roles.acquisition", "-c", "states()"]
        pipe = subprocess.PIPE
        began = time.monotonic()
        with _process(command, stdout=pipe, stderr=pipe, env=environment) as process:
            assert process.stdout is not None
            first = process.stdout.read(1)
            took_s = time.monotonic() - began
            rest, errors = process.communicate()
            if process.returncode or b"closed" not in first + rest:
                raise NotReady((first + rest + errors).decode(errors="replace")[-2000:])
    return took_s


def rss_mb(pid: int) -> float:
    """Return a process's resident memory, in MB of 10^6 bytes."""
    status = Path(f"/proc/{pid}/status")
    if status.exists():
        text = status.read_text().partition("VmRSS:")[2]
    else:
        text = subprocess.run(["ps", "-o", "rss=", "-p", str(pid)], capture_output=True, text=True, check=True).stdout
    return int(text.split()[0]) * 1024 / 1e6
