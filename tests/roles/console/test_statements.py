"""Statements from `-c` and pipes: when each runs, what is echoed, where it stops, what a failure looks like."""

import os
import threading

import pytest

from roles.console.namespace import namespace
from roles.console.statements import run_pipe, run_text
from tests.roles.console.fake_node import INTERLOCKED


@pytest.fixture
def words(bench):
    return namespace(bench.operator, None, interactive=False)


@pytest.mark.parametrize(
    ("text", "echoed"),
    [
        ("1\n2", "1\n2\n"),
        ("1; 2", "1\n2\n"),
        ("None", ""),
        ("x = 3\nx", "3\n"),
        ("  7\n  8", "7\n8\n"),
        ("for i in range(2):\n    i\n'x'", "0\n1\n'x'\n"),
        ("def f():\n    a = 1\n\n    return a\nf()", "1\n"),
        ("x = (1,\n\n2)\nx", "(1, 2)\n"),
        ("s = '''a\nb\n\nc'''\ns", "'a\\nb\\n\\nc'\n"),
        ("if 0:\n  1\nelse:\n  2\n3", "2\n3\n"),
        ("try:\n  1/0\n\nexcept ZeroDivisionError:\n  'z'\n# why\n'q'", "'z'\n'q'\n"),
        ("@staticmethod\ndef f(): pass\n5", "5\n"),
        ("if 1:\n    1\n# why\n    2\n3", "1\n2\n3\n"),
        ("x = 1 + \\\n 2\nx", "3\n"),
        ("# nothing\n\n", ""),
    ],
)
def test_each_statement_runs_when_it_is_complete(text, echoed, capsys):
    assert run_text(text, {}) == 0
    assert capsys.readouterr() == (echoed, "")


def test_a_result_is_echoed_and_printed_alike(words, capsys):
    assert run_text("open('A')\nprint(open('B'))", words) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("A  open  (moved, ")
    assert second.startswith("B  open  (moved, ")


def test_a_refusal_is_one_line_and_ends_the_run(words, bench, capsys):
    bench.line.refusals["A"] = INTERLOCKED
    assert run_text("1\nopen('A')\n2", words) == 1
    assert capsys.readouterr() == ("1\n", "refused: A may not open while B is open\n")


def test_an_unknown_name_is_one_line(words, capsys):
    assert run_text("open('Q')", words) == 1
    assert capsys.readouterr().err == "refused: Q is not a registered valve name; there are A, B, C\n"


def test_a_refusal_that_the_statement_catches_does_not_end_the_run(words, capsys):
    assert run_text("try:\n    open('Q')\nexcept Exception as e:\n    print('caught')\n4", words) == 0
    assert capsys.readouterr().out == "caught\n4\n"


def test_a_mistake_shows_its_last_line_and_the_statement(words, capsys):
    assert run_text("1\n\nopne('A')", words) == 1
    expected = "NameError: name 'opne' is not defined (did you mean open?)\n  line 3: opne('A')\n"
    assert capsys.readouterr().err == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [("1\n2 +* 3", "line 2: 2 +* 3"), ("1\nfor x in y:", "line 2: for x in y:"), ("1\n\nx = (", "line 3: x = (")],
)
def test_a_syntax_error_names_its_line_in_the_whole_input(text, line, capsys):
    assert run_text(text, {}) == 1
    out, err = capsys.readouterr()
    assert out == "1\n"
    assert err.startswith("SyntaxError: ")
    assert err.splitlines()[1].strip() == line


@pytest.mark.parametrize(("code", "status"), [("exit()", 0), ("exit(3)", 3), ("exit('why')", 1)])
def test_exit_ends_with_its_code(code, status):
    leave = {"exit": _exit}
    assert run_text(f"{code}\n1/0", leave) == status


def _exit(code=None):
    raise SystemExit(code)


class Pipe:
    """A pipe whose statements run on a thread; `said` gets what they say."""

    def __init__(self):
        reading, self.writing = os.pipe()
        self.said, self.codes, self._more = [], [], threading.Semaphore(0)
        self._thread = threading.Thread(target=self._read, args=(reading,))
        self._thread.start()

    def _read(self, reading):
        self.codes.append(run_pipe(reading, {"say": self._say}))
        os.close(reading)

    def _say(self, word):
        self.said.append(word)
        self._more.release()

    def write(self, text):
        os.write(self.writing, text.encode())

    def heard(self):
        assert self._more.acquire(timeout=5)
        return self.said[-1]

    def end(self):
        os.close(self.writing)
        self._thread.join(5)
        return self.codes


@pytest.fixture
def pipe():
    made = Pipe()
    yield made
    assert made.end() == [0]


def test_a_pipe_that_stays_open_sees_its_statement_run_at_once(pipe):
    pipe.write("say('one')\n")
    assert pipe.heard() == "one"
    pipe.write("say('t")
    pipe.write("wo')\r\n")
    assert pipe.heard() == "two"


def test_a_block_in_an_open_pipe_runs_after_a_blank_line(pipe):
    pipe.write("for word in ['one']:\n    say(word)\n\n")
    assert pipe.heard() == "one"


def test_a_block_that_goes_on_after_a_blank_line_is_one_block(pipe):
    pipe.write("def both():\n    say('one')\n\n    say('two')\nboth()\n")
    pipe.heard()
    assert pipe.heard() == "two"
    assert pipe.said == ["one", "two"]


def test_what_has_no_line_end_runs_at_the_end():
    pipe = Pipe()
    pipe.write("say('one')\nif 1:\n    say('two')")
    assert pipe.end() == [0]
    assert pipe.said == ["one", "two"]


def test_a_failure_ends_a_pipe_with_one(capsys):
    pipe = Pipe()
    pipe.write("1/0\nsay('never')\n")
    assert pipe.end() == [1]
    assert pipe.said == []
    assert "ZeroDivisionError" in capsys.readouterr().err
