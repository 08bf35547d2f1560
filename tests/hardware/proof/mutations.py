"""Damages a codec, one constant after the other, and looks whether a test of its device fails."""

import ast
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.hardware.proof.table import PROJECT, folders

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
    tree = ast.parse(source)
    for node in _constants(tree):
        other = _other(node.value)
        if other is None:
            continue
        lines = source.encode().splitlines(keepends=True)
        line = lines[node.lineno - 1]
        if node.lineno != node.end_lineno:
            continue  # a long text over several lines is words
        was = line[node.col_offset : node.end_col_offset].decode()
        now = _written(was, node.value, other)
        if now is None:
            continue
        lines[node.lineno - 1] = line[: node.col_offset] + now.encode() + line[node.end_col_offset :]
        yield Mutation(node.lineno, was, now, b"".join(lines).decode())


def _constants(node: ast.AST) -> Iterator[ast.Constant]:
    """Yield the constants that make bytes, or read them."""
    if isinstance(node, ast.Constant):
        yield node
        return
    for child in ast.iter_child_nodes(node):
        is_words = isinstance(child, ast.Expr) and isinstance(child.value, ast.Constant)
        if is_words or isinstance(child, ast.Raise) or child in getattr(node, "decorator_list", ()):
            continue
        if isinstance(node, ast.AnnAssign) and child is node.annotation:
            continue
        if isinstance(node, (ast.FunctionDef, ast.arg)) and child is getattr(
            node, "annotation", node.__dict__.get("returns")
        ):
            continue
        if isinstance(node, ast.JoinedStr) and isinstance(child, ast.Constant):
            continue  # its place in the source is not its own before Python 3.12
        yield from _constants(child)


def _other(value: object) -> object | None:
    """Return a value that differs in one byte, or None: it has none to differ in."""
    if isinstance(value, bool) or value is None or value is Ellipsis:
        return None
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str) and (value.count(" ") > 1 or value in ("ascii", "replace")):
        return None  # words for a person, or Python's
    return value if isinstance(value, (str, bytes)) and value else None


def _written(was: str, value: object, other: object) -> str | None:
    """Return how the other value is written in the source."""
    if isinstance(value, int):
        return str(other)
    at = max((at for at, char in enumerate(was[:-1]) if char.isalnum() and char.isascii()), default=None)
    if at is None or at == 0:
        return None
    char = was[at]
    swapped = chr(ord(char) ^ 1) if chr(ord(char) ^ 1).isalnum() else chr(ord(char) ^ 3)
    return was[:at] + swapped + was[at + 1 :] if swapped.isalnum() else None


def run() -> tuple[str, int]:
    """Try all; return what is to be said, and how many survived."""
    said: list[str] = []
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name in COPIED:
            source = PROJECT / name
            (shutil.copytree if source.is_dir() else shutil.copy)(source, root / name)
        for tests in folders():
            codec = root / "hardware" / tests.name / "codec.py"
            if not codec.exists():
                continue
            kept = codec.read_text(encoding="utf-8")
            alive = [mutation for mutation in mutations(kept) if _survives(root, codec, mutation, tests.name)]
            codec.write_text(kept, encoding="utf-8")
            survived += len(alive)
            count = sum(1 for _ in mutations(kept))
            said.append(f"{tests.name:<24} {count} constants damaged, {count - len(alive)} noticed")
            said += [f"    line {mutation.line}: {mutation.was} -> {mutation.now}" for mutation in alive]
    return "\n".join(said), survived


def _survives(root: Path, codec: Path, mutation: Mutation, device: str) -> bool:
    codec.write_text(mutation.source, encoding="utf-8")
    command = [
        sys.executable,
        "-m",
        "pytest",
        "-x",
        "-q",
        "-p",
        "no:cacheprovider",
        f"tests/hardware/{device}/test_codec.py",
    ]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False).returncode == 0
