"""A console on fakes, for tests that drive the real shell. Arguments: `cells`, or a folder for the history."""

import fcntl
import sys
import tempfile
import termios
from pathlib import Path

from roles.console.namespace import namespace
from roles.console.screen import show
from roles.console.shell import close_shell, make_shell, run_shell
from roles.scripting.runner import ScriptRunner
from tests.roles.console.fake_node import bench


def main() -> None:
    with bench() as made:
        words = namespace(made.operator, ScriptRunner(made.operator), interactive=True)
        if "cells" not in sys.argv:
            fcntl.ioctl(0, termios.TIOCSCTTY, 0)  # so that Ctrl-C typed there is a signal here
            made.line.silent.add("C")
            made.line.when_silent = lambda name: show(f"{name} is told")
            run_shell(made.operator, words, state_dir=Path(sys.argv[1]))
            show("left the console")
            return
        with tempfile.TemporaryDirectory() as home:
            shell = make_shell(made.operator, words, Path(home), None)
            for cell in sys.stdin.read().split("\n%%\n"):
                if cell.startswith("complete:"):
                    line = cell.removeprefix("complete:").rstrip("\n")
                    show(f"COMPLETES {shell.complete(None, line, len(line))[1]}")
                else:
                    shell.run_cell(cell)
            close_shell(shell)


if __name__ == "__main__":
    main()
