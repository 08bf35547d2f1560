"""The console on a terminal: IPython, with our words over its own, and failures as one line.

IPython is imported here and nowhere else, and this module only by whoever opens a console: it costs 0.4 s.
"""

import atexit
import contextlib
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType, SimpleNamespace, TracebackType
from typing import Any

from IPython.core.profiledir import ProfileDir
from IPython.terminal.interactiveshell import TerminalInteractiveShell
from IPython.terminal.prompts import Prompts
from pygments.token import Token  # type: ignore[import-untyped]
from traitlets.config import Config

from roles.console.namespace import banner
from roles.console.operator import Operator
from roles.console.screen import complain, show
from roles.console.shown import actor_paths, valve_names
from roles.console.statements import EXPECTED, error_line, mistake_line

_VALVE_WORDS = "open|close|state|lock|unlock|history|cycle|sample|claim|release|why|assume|out_of_service|in_service"
_IN_A_VALVE_NAME = rf".*\b({_VALVE_WORDS})\(\s*['\"][^'\"]*$|.*\bvalves\[\s*['\"][^'\"]*$"

_IN_A_PATH = r".*\brestart\(\s*['\"][^'\"]*$"
_IN_A_SCRIPT = r".*\b(run|check)\(\s*['\"][^'\"]*$"


class ConsolePrompts(Prompts):
    """`SIMULATED acquisition [3]: `: nobody may take a simulated lab for a real one."""

    def __init__(self, shell: TerminalInteractiveShell, operator: Operator) -> None:
        super().__init__(shell)
        self._operator = operator

    def in_prompt_tokens(self) -> list[tuple[Any, str]]:  # Any: pygments' tokens carry no types
        """Return the coloured parts of the prompt."""
        number = (Token.PromptNum, str(self.shell.execution_count))
        label, node = self._operator.label, self._operator.node
        title = label if label.partition(" with ")[0] == node else f"{label} {node}"
        kind = Token.OutPrompt if "SIMULATED" in label else Token.Prompt
        return [(kind, f"{title} "), (Token.Prompt, "["), number, (Token.Prompt, "]: ")]


class ConsoleShell(TerminalInteractiveShell):
    """IPython, where `open` opens a valve, also after `%reset`."""

    words: Mapping[str, Any] = MappingProxyType({})  # Any: functions and objects alike

    def init_virtualenv(self) -> None:
        """Take in no packages of a virtual environment that happens to be active and is not the one this runs in."""

    def init_user_ns(self) -> None:
        """Fill the namespace, at the start and after `%reset`: IPython's names first, ours over them."""
        super().init_user_ns()  # type: ignore[no-untyped-call]
        self.user_ns.update(self.words)

    def equip(self, operator: Operator, words: Mapping[str, Any], scripts: Sequence[str]) -> None:
        """Bind the words, the prompt, the completion and the one-line failures to this node."""
        self.words = words
        self.user_ns.update(words)
        self.prompts = ConsolePrompts(self, operator)
        ipython: Any = self  # its own methods carry no types
        ipython.set_custom_exc((*EXPECTED, NameError), _one_line)
        for within, names in (
            (_IN_A_VALVE_NAME, lambda: valve_names(operator)),
            (_IN_A_PATH, lambda: actor_paths(operator)),
            (_IN_A_SCRIPT, lambda: scripts),
        ):
            ipython.set_hook("complete_command", _Names(names), re_key=within)


class _Names:
    """Completes names inside the quotes. `names` is asked each time."""

    def __init__(self, names: Callable[[], Sequence[str]]) -> None:
        self._names = names

    def __call__(self, _shell: object, event: SimpleNamespace) -> list[str]:
        del event
        return list(self._names())


def _one_line(
    shell: ConsoleShell,
    _kind: type[BaseException],
    error: BaseException,
    _trace: TracebackType,
    tb_offset: int | None = None,
) -> None:
    del tb_offset
    complain(error_line(error) or mistake_line(error, shell.user_ns))


def make_shell(
    operator: Operator, words: Mapping[str, Any], home: Path, history: Path | None, scripts: Sequence[str] = ()
) -> ConsoleShell:
    """Return the shell, not yet running.

    Args:
        operator: is asked for valve names to complete.
        words: the namespace, from `roles.console.namespace.namespace`.
        home: a folder for what IPython insists on writing.
        history: the file that keeps what was typed; None: it is forgotten.
        scripts: the names that `run` and `check` complete.
    """
    settings = Config()
    settings.TerminalInteractiveShell.confirm_exit = False
    settings.TerminalInteractiveShell.ast_node_interactivity = "all"  # every outcome is shown, as in a pipe
    settings.TerminalInteractiveShell.term_title = False
    settings.Completer.use_jedi = False  # it would guess at our words; importing it takes longer than they do
    settings.HistoryManager.hist_file = str(history) if history is not None else ":memory:"
    profile = ProfileDir(location=str(home / "profile"))
    shell = ConsoleShell.instance(config=settings, ipython_dir=str(home), profile_dir=profile)
    shell.equip(operator, words, scripts)
    return shell


def run_shell(
    operator: Operator, words: Mapping[str, Any], *, state_dir: Path | None = None, scripts: Sequence[str] = ()
) -> None:
    """Run the console on this terminal until Ctrl-D or `exit`. The main thread.

    Args:
        operator: is asked for valve names to complete.
        words: the namespace, from `roles.console.namespace.namespace`.
        state_dir: where the history is kept, and what IPython insists on writing; None: nothing is left behind.
        scripts: the names that `run` and `check` complete.
    """
    with _home(state_dir) as home:
        history = state_dir / "console_history.sqlite" if state_dir is not None else None
        shell: Any = make_shell(operator, words, home, history, scripts)  # Any: IPython's methods carry no types
        show(banner(operator))
        try:
            shell.mainloop()
        finally:
            close_shell(shell)


def close_shell(shell: Any) -> None:
    """Write the history and let go of its file now: a role may end without Python's own clean-up."""
    shell.atexit_operations()
    atexit.unregister(shell.atexit_operations)  # IPython's registration: a second time it raises
    ConsoleShell.clear_instance()


@contextlib.contextmanager
def _home(state_dir: Path | None) -> Iterator[Path]:
    if state_dir is not None:
        yield state_dir / "console"
        return
    home = Path(tempfile.mkdtemp(prefix="valvetree-console-"))
    try:
        yield home
    finally:
        shutil.rmtree(home, ignore_errors=True)
