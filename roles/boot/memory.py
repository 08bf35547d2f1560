"""What a site's store remembers, read without starting it."""

import sqlite3
from contextlib import closing
from pathlib import Path


def nodes_seen(root: Path) -> dict[str, tuple[str, float]]:
    """Return where each remote node answered last, and until when (UTC seconds); nothing where nothing can be read."""
    file = root / "state" / "store.sqlite"
    if not file.is_file():
        return {}
    try:
        with closing(sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)) as db:
            rows = db.execute("SELECT origin, address, seen FROM nodes").fetchall()
    except sqlite3.Error:
        return {}
    return {str(origin).removeprefix("node."): (str(address), float(seen)) for origin, address, seen in rows}
