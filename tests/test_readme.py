"""What README.md promises by name is there: its two commands, and the tests that its table of faults points to."""

import ast
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from roles.boot.preferences import Preferences
from roles.console.namespace import WORDS
from roles.scripting import names as script_words

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
TESTS = re.findall(r"`(tests/[\w/]+\.py)::(\w+)`", README)
LONGEST = 295  # lines: it stays short


def section(title: str) -> str:
    """Return what stands under a heading."""
    return re.split(r"^## ", README.partition(f"\n## {title}\n")[2], maxsplit=1, flags=re.MULTILINE)[0]


@cache
def functions_of(file: str) -> frozenset[str]:
    """Return the names of the tests in a file."""
    found = ast.walk(ast.parse((ROOT / file).read_text(encoding="utf-8")))
    return frozenset(node.name for node in found if isinstance(node, ast.FunctionDef))


@pytest.mark.parametrize(("file", "name"), TESTS)
def test_every_test_that_is_named_is_there(file, name):
    assert name in functions_of(file)


def test_every_fault_names_a_test_that_shows_it():
    rows = [line for line in section("When something fails").splitlines() if line.startswith("| ")][1:]
    assert len(rows) > 0
    assert [row for row in rows if "::test_" not in row] == []


@pytest.mark.parametrize("title", ["Run it", "Test it"])
def test_one_command_runs_it_and_one_tests_it(title):
    blocks = re.findall(r"```sh\n(.*?)```", section(title), flags=re.DOTALL)
    assert len(blocks) == 1
    assert blocks[0].count("\n") == 1


def test_the_words_of_the_console_are_those_that_it_has():
    named = re.findall(r"`(\w+)\(", section("Words for valves").partition("|---")[2])
    assert set(named) <= {word.name for word in WORDS}


def test_the_words_of_a_script_are_all_there_are():
    listed = re.search(r"Python file that says `([^`]*)`", README)
    assert listed is not None
    assert set(listed[1].split()) == script_words.WORDS


def test_the_preferences_that_are_shown_are_good_ones():
    (block,) = re.findall(r"```yaml\n(.*?)```", README, flags=re.DOTALL)
    told = Preferences.model_validate(yaml.safe_load(block))
    assert list(told.safe_state.values()) == ["closed"] * 3
    assert (told.safe_state_on_stop, told.dead_man.action) == (True, "safe_state")


def test_every_file_that_is_named_is_there():
    files = set(re.findall(r"`((?:actors|hardware|roles|tests|transports)/[\w/]+\.py)`", README))
    assert [file for file in sorted(files) if not (ROOT / file).exists()] == []


@pytest.mark.timeout(180)
def test_a_relay_box_is_made_as_it_says(tmp_path):
    (block,) = re.findall(r"```console\n(.*?)```", section("Your relay box in twenty minutes"), flags=re.DOTALL)
    environment = {"PYTHONPATH": str(ROOT), "HOME": str(tmp_path), "PATH": os.environ["PATH"]}
    script = f'python() {{ "{sys.executable}" "$@"; }}\nset -e\n{block}'
    tried = subprocess.run(
        ["sh", "-c", script], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=150, check=False
    )
    assert tried.returncode == 0, tried.stdout[-1000:] + tried.stderr[-1000:]
    moved = [line.partition("(")[0].split() for line in tried.stdout.splitlines()[-2:]]
    assert moved == [["A", "open"], ["A", "closed"]]


def test_a_relay_box_is_made_with_what_is_installed_before_it():
    before, block = section("Your relay box in twenty minutes").split("```console\n")
    assert "python -m pytest" in block
    assert "`.venv/bin/pip install -q -e '.[test]' && . .venv/bin/activate`" in before
    assert "-m venv .venv" in section("Run it")


def test_it_is_short():
    assert README.count("\n") <= LONGEST
