"""What a site's store remembers, read without starting it."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any


def nodes_seen(root: Path) -> dict[str, tuple[str, float]]:
    """Return where each remote node answered last, and until when (UTC seconds); nothing where nothing can be read."""
    rows = _read(root, "SELECT origin, address, seen FROM nodes")
    return {str(origin).removeprefix("node."): (str(address), float(seen)) for origin, address, seen in rows}


def nodes_greeted(root: Path) -> frozenset[str]:
    """Return which remote nodes have ever said HELLO; none where nothing can be read."""
    return frozenset(str(origin).removeprefix("node.") for (origin,) in _read(root, "SELECT origin FROM described"))


def _read(root: Path, question: str) -> list[tuple[Any, ...]]:
    file = root / "state" / "store.sqlite"
    if not file.is_file():
        return []
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            return db.execute(question).fetchall()
    except sqlite3.Error:
        return []
