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

PYTHONS = frozenset({"ascii", "replace"})  # names of its own
CODECS = ("codec", "frames")  # how the files end that make bytes, or cut them
APART = ("test_conformance.py", "test_simulator.py")  # the tests that are not of the codec nor of the driver
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
            for codec in sorted((root / "hardware" / tests.name).glob("*.py")):
                if not codec.stem.endswith(CODECS):
                    continue
                kept = codec.read_text(encoding="utf-8")
                tried = list(mutations(kept))
                alive = [mutation for mutation in tried if _survives(root, codec, mutation, tests.name)]
                codec.write_text(kept, encoding="utf-8")
                survived += len(alive)
                name = f"{tests.name}/{codec.name}"
                said.append(f"{name:<32} {len(tried)} constants damaged, {len(tried) - len(alive)} noticed")
                said += [f"    line {mutation.line}: {mutation.was} -> {mutation.now}" for mutation in alive]
    return "\n".join(said), survived


def _survives(root: Path, codec: Path, mutation: Mutation, device: str) -> bool:
    """Return whether neither the tests of the codec nor those of the driver see it."""
    codec.write_text(mutation.source, encoding="utf-8")
    folder = root / "tests" / "hardware" / device
    others = sorted(path.name for path in folder.glob("test_*.py") if path.name not in APART)
    tests = sorted(others, key=lambda name: name != f"test_{codec.stem}.py")  # that which is most likely to fail first
    return all(_passes(root, f"tests/hardware/{device}/{name}") for name in tests)


def _passes(root: Path, tests: str) -> bool:
    command = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", tests]
    environment = {**os.environ, "PYTHONPATH": str(root), "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(command, cwd=root, env=environment, capture_output=True, check=False).returncode == 0
