"""What stands in front of a running node: the console on a terminal, statements from a pipe or `-c`, or a script."""

import importlib
import sys
from collections.abc import Callable

from hardware.device import TemperatureDevice
from roles.boot.arguments import Arguments
from roles.boot.exits import ExitCode
from roles.console.namespace import namespace
from roles.console.operator import Operator
from roles.console.screen import complain, show
from roles.console.statements import EXPECTED, error_line, run_pipe, run_text
from roles.node import Node
from roles.plugins.devices import devices_of
from roles.plugins.furnace import PATH as FURNACE
from roles.role import Role
from roles.scripting.runner import ScriptRunner, to_log
from transports.rpc.furnace_verbs import LOADER

FURNACE_KLASS = "RemoteFurnaceManager"


def prepare(arguments: Arguments) -> None:
    """Import what a console on a terminal needs: it takes 0.3 s."""
    if _interactive(arguments):
        importlib.import_module("roles.console.shell")


def _interactive(arguments: Arguments) -> bool:
    wanted = arguments.code is None and arguments.script is None
    return wanted and sys.stdin is not None and sys.stdin.isatty()


def serve(
    node: Node,
    role: Role,
    arguments: Arguments,
    *,
    by: str,
    label: str,
    at_the_end: Callable[[Callable[[], None]], object],
) -> int:
    """Serve whoever sits in front until they leave; return the exit code. The main thread.

    `at_the_end` takes what is to be done before the node stops: scripts outlive a console whose terminal was closed.
    """
    interactive = _interactive(arguments)
    operator = operator_of(node, role, by=by, label=label)
    runner = None if role.mirrors else _runner(node, operator)
    if runner is not None:
        at_the_end(runner.cancel_all)
    words = namespace(operator, runner, interactive=interactive)
    if arguments.script is not None:
        assert runner is not None
        return _script(runner, str(arguments.script))
    if arguments.code is not None:
        return run_text(arguments.code, words)
    if interactive:
        from roles.console.shell import run_shell  # noqa: PLC0415 - see prepare

        scripts = runner.names() if runner is not None else []
        run_shell(operator, words, state_dir=node.site.root / "state", scripts=scripts)
        return ExitCode.FINE
    return run_pipe(0, words)


def _runner(node: Node, operator: Operator) -> ScriptRunner:
    claim_valves = node.site.preferences.extraction_line.claim_valves
    return ScriptRunner(operator, folder=node.site.root / "scripts", say=_say, claim_valves=claim_valves)


def _say(text: str) -> None:
    """Show what a script says. It does not fail because nobody reads it any more."""
    try:
        show(text)
    except OSError:
        to_log(text)


def operator_of(node: Node, role: Role, *, by: str, label: str) -> Operator:
    """Return the hands of whoever sits in front of this node."""
    furnace = next((name for name, node in node.site.remotes.items() if _klass(node) == FURNACE_KLASS), None)
    furnace_path = f"node.{furnace}" if furnace else FURNACE if _own_furnace(node) else None
    if role.mirrors:
        return Operator(
            node.context, by=by, site_label=label, line_path="mirror", nodes_path="mirror", news_path="mirror",
            watch_only=True,
        )  # fmt: skip
    loader_path = f"node.{furnace}" if furnace else LOADER if node.site.preferences.loader is not None else None
    has_line = node.context.directory.get("extraction_line") is not None
    line_path = "extraction_line" if has_line else None
    return Operator(
        node.context, by=by, site_label=label, furnace_path=furnace_path, loader_path=loader_path, line_path=line_path
    )  # fmt: skip


def _own_furnace(node: Node) -> bool:
    return "Furnace" in node.site.plugins and bool(devices_of(node.site, TemperatureDevice))


def _klass(settings: object) -> str:
    return str(getattr(settings, "klass", ""))


def _script(runner: ScriptRunner, name: str) -> int:
    try:
        result = runner.run(name)
    except EXPECTED as error:
        complain(error_line(error) or str(error))
        return ExitCode.FAILED
    show(str(result))
    return ExitCode.FINE
