"""What every role does with its arguments: what some flags ask for, or one run of its node."""

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import replace
from importlib import resources
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING

from roles.boot import logs
from roles.boot.arguments import Arguments, parse
from roles.boot.exits import ExitCode
from roles.boot.findings import SiteError
from roles.boot.site import Site, load_site
from roles.boot.starter import SiteExists, write_starter
from roles.catalog import idle_devices, vocabulary
from roles.console.screen import complain
from roles.node import end_process
from roles.node_run import LOG_FLUSH_S, NodeRun
from roles.role import Role

if TYPE_CHECKING:
    from roles.embedded_lab import EmbeddedLab
    from roles.simulation import Simulation


def main(role: Role) -> None:
    """Run a role with this process's arguments, and end the process with its exit code."""
    signal.signal(signal.SIGTERM, _leave)  # until it takes it: what was made so far is cleared up
    try:
        code = run(role, sys.argv[1:])
    except KeyboardInterrupt:
        complain("stopped")
        code = ExitCode.FAILED
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else ExitCode.FAILED if left.code else ExitCode.FINE
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (OSError, ValueError):
            continue  # whoever read it has gone
    end_process(code)


def run(role: Role, argv: Sequence[str]) -> int:
    """Run a role; return its exit code. The main thread: it takes the signals."""
    arguments = parse(argv, role.name, role.default_root)
    if role.name == "lab":
        arguments = replace(arguments, simulate=True)  # whatever site it is given
    if arguments.commands:
        from transports.rpc.verbs import listing  # noqa: PLC0415 - one flag's need

        print(listing())  # noqa: T201 - what was asked for
        return ExitCode.FINE
    if arguments.init and role.name == "lab":
        complain("the lab has no site of its own: `python -m roles.acquisition --init` writes one for a real computer")
        return ExitCode.WRONG_SITE
    if arguments.init:
        return _init(role, arguments.root)
    if role.mirrors and arguments.script is not None:
        complain(f"{role.name} runs no scripts: it only watches")
        return ExitCode.WRONG_SITE
    if _in_background(arguments):
        complain("a console needs the foreground of its terminal; `--headless` runs without one")
        return ExitCode.WRONG_SITE
    with ExitStack() as cleanup:
        lab = _lab(role, arguments, cleanup)
        try:
            settings = {**(lab.settings() if lab else {}), **arguments.settings}
            root = lab.root if lab else arguments.root
            site = load_site(root, vocabulary=vocabulary(role.name if not lab else "acquisition"), overrides=settings)
            site = replace(site, warnings=(*site.warnings, *idle_devices(site)))
        except SiteError as error:
            complain(str(error))
            return ExitCode.WRONG_SITE
        simulation: Simulation | None = lab
        if arguments.simulate and lab is None:
            simulation, site = _simulated(site, cleanup)
        if arguments.check:
            return _check(role, arguments, site, simulation, cleanup)
        return NodeRun(role, arguments, site, simulation, cleanup).run()


def _in_background(arguments: Arguments) -> bool:
    """Whether a console would be opened on a terminal whose foreground is somebody else's: it would be stopped."""
    away = arguments.headless or arguments.check or arguments.code is not None or arguments.script is not None
    if away or sys.stdin is None or not sys.stdin.isatty():
        return False
    try:
        return os.tcgetpgrp(sys.stdin.fileno()) != os.getpgrp()
    except OSError:
        return False


def _lab(role: Role, arguments: Arguments, cleanup: ExitStack) -> "EmbeddedLab | None":
    """Return the simulated lab, where this is to be one: `roles.lab`, or acquisition without a site."""
    if not role.embedded_lab or arguments.root_given or (role.name != "lab" and arguments.root.is_dir()):
        return None
    if role.name != "lab" and arguments.headless and not arguments.simulate:
        return None  # a service whose home is wrong must not look healthy: it has no site
    from roles.embedded_lab import EmbeddedLab  # noqa: PLC0415 - only where there is no site

    if role.name != "lab":
        complain(f"no site at {arguments.root}: running the simulated lab (--init writes a starter site)")
    lab = EmbeddedLab(role.lab_nodes)
    cleanup.callback(lab.close)
    return lab


def _simulated(site: Site, cleanup: ExitStack) -> "tuple[Simulation, Site]":
    """Return what plays a site's nodes and instruments, and the site without anything beyond this computer."""
    from roles.simulation import on_loopback, simulated  # noqa: PLC0415 - one flag's need

    simulation = simulated(site)
    cleanup.callback(simulation.close)
    return simulation, on_loopback(site)


def _check(role: Role, arguments: Arguments, site: Site, simulation: "Simulation | None", cleanup: ExitStack) -> int:
    from roles.check import check  # noqa: PLC0415 - one flag's need

    style = arguments.log or logs.default_style()
    writer = logs.configure(
        site.name, style=style, log_file=arguments.log_file, verbose=arguments.verbose, quiet=not arguments.verbose
    )
    cleanup.callback(writer.close, LOG_FLUSH_S)
    return check(role, site, arguments, simulation)


def _init(role: Role, root: Path) -> int:
    source = resources.files("roles.defaults") / ("acquisition" if role.name == "lab" else role.name)
    try:
        written = write_starter(source, root)
    except (SiteExists, OSError) as error:
        complain(str(error))
        return ExitCode.WRONG_SITE
    print("\n".join(f"wrote {path}" for path in written))  # noqa: T201 - what was asked for
    return ExitCode.FINE


def _leave(_number: int, _frame: FrameType | None) -> None:
    raise SystemExit(ExitCode.FINE)
