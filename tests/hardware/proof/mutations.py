"""Damages a codec, one constant after the other, and looks whether a test of its device fails that passed without."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.hardware.proof.table import PROJECT, folders

PYTHONS = frozenset({"ascii", "replace"})  # names of its own
CODECS = ("codec", "frames")  # how the files end that make bytes, or cut them
APART = ("test_conformance.py", "test_simulator.py")  # the tests that are not of the codec nor of the driver
LONGEST_S = 600.0  # for one file of tests
COPIED = ("actors", "hardware", "roles", "tests", "transports", "pyproject.toml")


@dataclass(frozen=True)
class Mutation:
    """One constant of a codec that is another. `line`: where; `was`, `now`: what it is."""

    line: int
    was: str
    now: str
    source: str


def mutations(source: str) -> Iterator[Mutation]:
    """Yield a codec's mutations: each text, bytes and number that is not a docstring or part of an error's words."""
    lines = source.encode().splitlines(keepends=True)
    for node in _parts(ast.parse(source)):
        if node.lineno != node.end_lineno:
            continue  # a long text over several lines is words
        line = lines[node.lineno - 1]
        was = line[node.col_offset : node.end_col_offset].decode()
        for now in _written(was, node):
            damaged = line[: node.col_offset] + now.encode() + line[node.end_col_offset :]
            text = b"".join([*lines[: node.lineno - 1], damaged, *lines[node.lineno :]]).decode()
            yield Mutation(node.lineno, was, now, text)


def _parts(node: ast.AST) -> Iterator[ast.Constant | ast.JoinedStr]:
    """Yield the constants and f-strings that make bytes, or read them."""
    if isinstance(node, (ast.Constant, ast.JoinedStr)):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        is_words = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        is_annotation = child in (getattr(node, "annotation", None), getattr(node, "returns", None))
        is_decorator = child in getattr(node, "decorator_list", ())
        if not (is_words or is_annotation or is_decorator or isinstance(child, ast.Raise) or _is_type(child)):
            yield from _parts(child)


def _is_type(node: ast.AST) -> bool:
    """Whether a node is a name for a type, like `Kind = Literal["text"]`: nothing at run time depends on it."""
    value = node.value if isinstance(node, ast.Assign) else None
    return isinstance(value, ast.Subscript) and isinstance(value.value, ast.Name) and value.value.id == "Literal"


def _written(was: str, node: ast.Constant | ast.JoinedStr) -> Iterator[str]:
    """Yield what else could be written there: each differs in one character, or is the next number."""
    if isinstance(node, ast.JoinedStr):
        for part in node.values:
            text = part.value if isinstance(part, ast.Constant) else ""
            at = was.find(text) if isinstance(text, str) and text else -1
            if at > 0 and (damaged := _damaged(text)) is not None:
                yield was[:at] + damaged + was[at + len(text) :]
        return
    value = node.value
    if isinstance(value, int) and not isinstance(value, bool):
        yield str(value + 1)
    elif isinstance(value, bytes) or (isinstance(value, str) and value.count(" ") < 2 and value not in PYTHONS):
        prefix = len(was) - len(was.lstrip("rbRB"))
        if (damaged := _damaged(was[prefix:])) is not None:
            yield was[:prefix] + damaged


def _damaged(text: str) -> str | None:
    """Return a text with its last letter or digit another one, or None: it has none."""
    at = max((at for at, char in enumerate(text) if char.isalnum() and char.isascii()), default=None)
    if at is None:
        return None
    swapped = next(chr(ord(text[at]) ^ bit) for bit in (1, 3, 2, 4) if chr(ord(text[at]) ^ bit).isalnum())
    return text[:at] + swapped + text[at + 1 :]


class NotRun(Exception):
    """The tests did not run as they should: that shows nothing, neither that damage is noticed nor that it is not."""


def run() -> tuple[str, int]:
    """Try all; return what is to be said, and how much is wrong: damage that survived, and what could not be tried."""
    said: list[str] = []
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
        for tests in folders():
            for codec in sorted((root / "hardware" / tests.name).glob("*.py")):
                if codec.stem.endswith(CODECS):
                    lines, more = try_codec(root, codec, tests.name)
                    said += lines
                    wrong += more
    return "\n".join(said), wrong


def try_codec(root: Path, codec: Path, device: str) -> tuple[list[str], int]:
    """Try the damage to one codec of a device, in a copy of the project; return as `run` does."""
    name = f"{device}/{codec.name}"
    kept = codec.read_text(encoding="utf-8")
    told: list[str] = []
    try:
        if not _passes_all(root, codec, device):
            raise NotRun("its tests fail without any damage")  # noqa: TRY301 - said as all that is no proof
    except NotRun as why:
        return [f"{name:<32} not tried: {why}"], 1
    tried = list(mutations(kept))
    for mutation in tried:
        codec.write_text(mutation.source, encoding="utf-8")
        place = f"    line {mutation.line}: {mutation.was} -> {mutation.now}"
        try:
            told += [place] if _passes_all(root, codec, device) else []
        except NotRun as why:
            told.append(f"{place}: not tried: {why}")
    codec.write_text(kept, encoding="utf-8")
    return [f"{name:<32} {len(tried)} constants damaged, {len(tried) - len(told)} noticed", *told], len(told)


def _passes_all(root: Path, codec: Path, device: str) -> bool:
    """Return whether the tests of the codec and those of the driver pass. Raises `NotRun`."""
    folder = root / "tests" / "hardware" / device
    others = sorted(path.name for path in folder.glob("test_*.py") if path.name not in APART)
    if not others:
        raise NotRun(f"there are no tests in tests/hardware/{device}")
    tests = sorted(others, key=lambda name: name != f"test_{codec.stem}.py")  # that which is most likely to fail first
    return all(_passes(root, f"tests/hardware/{device}/{name}") for name in tests)


def _passes(root: Path, tests: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    try:
        ended = subprocess.run(
            command, cwd=root, env=environment, capture_output=True, text=True, timeout=LONGEST_S, check=False
        )
    except subprocess.TimeoutExpired:
        raise NotRun(f"{tests} had not ended after {LONGEST_S:g} s") from None
    return passed(ended.returncode, ended.stdout + ended.stderr)


def passed(code: int, said: str) -> bool:
    """Return whether tests passed, by what pytest said and its exit code. False: they failed, or cannot be collected.

    Raises `NotRun` for anything else, such as tests that are not there.
    """
    if code == pytest.ExitCode.OK:
        return True
    uncollected = code == pytest.ExitCode.INTERRUPTED and "during collection" in said
    unloaded = code == pytest.ExitCode.USAGE_ERROR and "while loading conftest" in said
    if code == pytest.ExitCode.TESTS_FAILED or uncollected or unloaded:
        return False
    last = said.strip().splitlines()[-1:] or ["nothing was said"]
    raise NotRun(f"pytest ended with {code}: {last[0]}")
