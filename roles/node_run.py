"""One run of a node, from the site's lock to the last log line, with whoever sits in front of it."""

import errno
import getpass
import os
import shutil
import signal
import threading
from contextlib import ExitStack
from types import FrameType
from typing import TYPE_CHECKING

import structlog

from actors.tree import render
from roles.boot import logs, machine
from roles.boot.arguments import Arguments
from roles.boot.exits import ExitCode
from roles.boot.lock import SiteBusy, SiteLock
from roles.boot.site import Site
from roles.console.screen import complain
from roles.node import CannotStart, Node, end_process
from roles.plugins.command_server import look_at_ports
from roles.role import Role
from transports.rpc.listening import CannotListen

if TYPE_CHECKING:
    from roles.simulation import Simulation

LAB_SETTLE_S = 10.0
SITE_SETTLE_S = 2.0
LOG_FLUSH_S = 1.0

log = structlog.get_logger()


class NodeRun:
    """One run of a node, from the site's lock to the last log line."""

    def __init__(
        self, role: Role, arguments: Arguments, site: Site, lab: "Simulation | None", cleanup: ExitStack
    ) -> None:
        self._role, self._arguments, self._site, self._lab, self._cleanup = role, arguments, site, lab, cleanup
        self._home = lab.home if lab else site.root  # a simulation keeps nothing in the site that it plays
        self._headless = arguments.headless
        self._done = threading.Event()
        self._code = ExitCode.FINE
        self._parent_gone = False

    def run(self) -> int:
        """Run it to its end; return the exit code. The main thread: it takes the signals."""
        site, arguments = self._site, self._arguments
        self._cleanup.callback(self._clear_up)
        try:
            self._cleanup.enter_context(SiteLock(self._home))
        except SiteBusy as busy:
            complain(f"{site.root}: {busy}; one process per site (`kill {busy.pid}` stops it in order)")
            return ExitCode.NOT_AVAILABLE
        except OSError as error:
            complain(f"{site.root}: {error}")
            return ExitCode.NOT_AVAILABLE
        log_file = arguments.log_file or self._home / "logs" / f"{site.name}.log"
        try:
            writer = logs.configure(
                site.name,
                style=arguments.log or logs.default_style(),
                log_file=log_file,
                verbose=arguments.verbose,
                quiet=not self._headless and not arguments.verbose,
            )
        except OSError as error:
            complain(f"the log cannot be written to {log_file}: {error.filename or ''}: {error.strerror or error}")
            return ExitCode.NOT_AVAILABLE
        self._cleanup.callback(writer.close, LOG_FLUSH_S)
        for warning in site.warnings:
            log.warning("site.warning", why=warning)
        log.info("site.loaded", root=str(site.root), fingerprint=site.fingerprint)
        machine.raise_open_files()
        machine.pin(site.preferences.cpu)
        simulated = self._lab is not None or arguments.simulate
        self._node = Node(site, state_dir=self._home / "state", simulated=simulated, escalate=self._gave_up)
        self._cleanup.callback(self._node.stop)
        self._node.building.simulate = arguments.simulate
        return self._start_and_serve()

    def _start_and_serve(self) -> int:
        building = self._node.building
        if self._lab is not None:
            building.told_later = frozenset(self._site.remotes)
        self._take_signals()
        try:
            if self._lab is None:
                look_at_ports(self._site)  # before any device is touched
            self._node.start(self._role.children(building, self._lab.children if self._lab else None))
        except (CannotStart, CannotListen) as error:
            log.error("role.failed", why=str(error))
            complain(f"cannot start: {error}")
            return ExitCode.NOT_AVAILABLE
        machine.look_for_garbage_less_often()
        facts = self._node.context.facts
        bound = {key: facts[key] for key in ("host", "port", "listeners", "notify_port", "reply_port") if key in facts}
        log.info("role.ready", role=self._role.name, pid=os.getpid(), boot=self._node.context.boot, **bound)
        if self._arguments.parent_pipe is not None:
            from roles.child_process import watch_parent  # noqa: PLC0415 - children of the lab only

            watch_parent(self._arguments.parent_pipe, self._ended_by_parent)
        return self._serve()

    def _serve(self) -> int:
        if self._headless:
            self._done.wait()
            return self._code
        from roles.front import prepare, serve  # noqa: PLC0415 - a headless node needs no console

        prepare(self._arguments)  # while the other nodes start
        self._node.settle(LAB_SETTLE_S if self._lab else SITE_SETTLE_S)
        by = f"{_user()}@{self._site.name}/console-{os.getpid()}"
        try:
            at_the_end = self._cleanup.callback
            code = serve(self._node, self._role, self._arguments, by=by, label=self._label(), at_the_end=at_the_end)
        except SystemExit:
            code = self._code
        except Exception as error:  # a terminal that is gone fails whatever was being written to it
            if not self._headless:
                if not isinstance(error, OSError) or error.errno != errno.EIO:
                    raise
                self._terminal_gone()
            code = self._code
        if self._headless:  # the terminal was closed, and the node of a real site goes on
            self._done.wait()
        return self._code or code

    def _label(self) -> str:
        return "SIMULATED" if self._node.context.simulated else self._site.name

    def _ended_by_parent(self, gone: bool) -> None:
        """Stop. What a parent that has gone could not clear up is cleared up here, when everything has stopped."""
        self._parent_gone = gone
        self._done.set()

    def _clear_up(self) -> None:
        if self._parent_gone and self._arguments.parent_folder is not None:
            shutil.rmtree(self._arguments.parent_folder, ignore_errors=True)

    # --- ends --------------------------------------------------------------------------------------------

    def _take_signals(self) -> None:
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGHUP, self._hang_up)
        signal.signal(signal.SIGUSR1, lambda _number, _frame: log.info("tree.told", tree=render(self._node.tree())))
        # said in both cases: a shell starts what it runs in the background with it ignored
        signal.signal(signal.SIGINT, self._stop if self._headless else signal.default_int_handler)
        for stops in (signal.SIGTSTP, signal.SIGTTOU):  # Ctrl-Z would freeze the line, not leave the console
            signal.signal(stops, signal.SIG_IGN)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self._done.set()
        if not self._headless:
            raise SystemExit

    def _hang_up(self, number: int, frame: FrameType | None) -> None:
        if self._lab is None and not self._headless:
            self._terminal_gone()
            raise SystemExit
        if self._lab is not None:
            self._stop(number, frame)

    def _terminal_gone(self) -> None:
        if self._lab is None:
            self._headless = True
            log.warning("console.closed", why="the terminal was closed; the node goes on")

    def _gave_up(self, why: str) -> None:
        """End from the supervisor's thread: what can be stopped is, then the process ends with 4."""

        def end() -> None:
            log.error("role.gave_up", why=why)
            self._code = ExitCode.GAVE_UP
            self._cleanup.close()
            end_process(ExitCode.GAVE_UP)

        threading.Thread(target=end, name="give-up", daemon=True).start()


def _user() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return str(os.getuid())
