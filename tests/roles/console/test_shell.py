"""The console on a terminal: IPython with our words, our one-line failures, our completion."""

import contextlib
import os
import re
import select
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
COMMAND = [sys.executable, "-m", "tests.roles.console.terminal"]
ESCAPES = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]|\r")


def run_cells(*cells, home, **environment):
    done = subprocess.run(
        [*COMMAND, "cells"],
        input="\n%%\n".join(cells),
        cwd=ROOT,
        env={**os.environ, "HOME": str(home), **environment},
        capture_output=True,
        text=True,
        timeout=30,
        check=True,
    )
    return ESCAPES.sub("", done.stdout), ESCAPES.sub("", done.stderr)


def test_our_words_win_over_ipythons_also_after_a_reset(tmp_path):
    out, err = run_cells("open('A')", "%reset -f", "open('B')", "open('Q')", "1/0", home=tmp_path)
    assert re.search(r"A  open  \(moved, .*SIMULATED", out)
    assert re.search(r"B  open  \(moved, .*SIMULATED", out)
    assert err == "refused: Q is not a registered valve name; there are A, B, C\n"
    assert "Traceback" in out.partition("ZeroDivisionError")[2]  # ours are one line, mistakes are not
    assert "UnknownValve" not in out


def test_a_mistyped_word_is_one_line_with_the_nearest(tmp_path):
    _, err = run_cells("opne('A')", "qqqq", home=tmp_path)
    assert err.splitlines() == [
        "NameError: name 'opne' is not defined (did you mean open?)",
        "NameError: name 'qqqq' is not defined",
    ]


def test_another_virtual_environment_that_is_active_is_left_alone(tmp_path):
    other = tmp_path / "other" / "lib" / f"python3.{sys.version_info.minor}" / "site-packages"
    other.mkdir(parents=True)
    out, err = run_cells("import sys", "print(sys.path)", home=tmp_path, VIRTUAL_ENV=str(tmp_path / "other"))
    assert err == ""
    assert str(other) not in out


def test_every_result_of_a_cell_is_shown(tmp_path):
    out, _ = run_cells("open('A')\nclose('A')", home=tmp_path)
    assert "A  open" in out
    assert "A  closed" in out


def test_valve_names_complete_inside_the_quotes(tmp_path):
    out, _ = run_cells("complete:open('", 'complete:close("A', "complete:valves.", "complete:lo", home=tmp_path)
    quoted, begun, attributes, words = re.findall(r"COMPLETES (\[.*\])", out)
    assert quoted == "['A', 'B', 'C']"
    assert begun == "['A']"
    assert attributes == "['.A', '.B', '.C']"
    assert "'lock'" in words


def test_nothing_is_left_in_the_home_folder(tmp_path):
    run_cells("open('A')", home=tmp_path)
    assert list(tmp_path.iterdir()) == []


class Terminal:
    """The console's process on a pseudo-terminal, read until a text appears."""

    def __init__(self, home):
        self.ours, theirs = os.openpty()
        env = {**os.environ, "HOME": str(home), "TERM": "xterm", "PROMPT_TOOLKIT_NO_CPR": "1", "COLUMNS": "120"}
        self._process = subprocess.Popen(
            [*COMMAND, str(home)], stdin=theirs, stdout=theirs, stderr=theirs, cwd=ROOT, env=env, start_new_session=True
        )
        os.close(theirs)
        self.seen = ""

    def type(self, text):
        os.write(self.ours, text.encode())

    def until(self, text, timeout_s=20.0):
        """Return what is shown up to `text`."""
        end = time.monotonic() + timeout_s
        while text not in self.seen:
            assert select.select([self.ours], [], [], max(0.0, end - time.monotonic()))[0], self.seen
            self.seen += ESCAPES.sub("", os.read(self.ours, 4096).decode("utf-8", "replace"))
        before, _, self.seen = self.seen.partition(text)
        return before

    def close(self):
        self._process.send_signal(signal.SIGKILL)
        self._process.wait(10)
        os.close(self.ours)


@pytest.fixture
def terminal(tmp_path):
    made = Terminal(tmp_path)
    yield made
    made.close()


def test_a_session_on_a_terminal(terminal, tmp_path):
    assert "valvetree  bench  SIMULATED" in terminal.until("help() lists every word")
    terminal.until("SIMULATED bench [1]: ")
    terminal.type("open('A')\r")
    terminal.until("A  open  (moved, ")
    terminal.until("SIMULATED bench [2]: ")
    terminal.type("open('Q')\r")
    shown = terminal.until("refused: Q is not a registered valve name")
    assert "Traceback" not in shown
    assert "Traceback" not in terminal.until("SIMULATED bench [3]: ")
    terminal.type("open('C')\r")
    terminal.until("C is told")
    terminal.type("\x03")
    terminal.until("stopped waiting; open C goes on")
    terminal.until("SIMULATED bench [4]: ")
    terminal.type("\x04")
    terminal.until("left the console")
    with contextlib.closing(sqlite3.connect(tmp_path / "console_history.sqlite")) as history:
        typed = [line for (line,) in history.execute("select source_raw from history order by line")]
    assert typed == ["open('A')", "open('Q')", "open('C')"]
