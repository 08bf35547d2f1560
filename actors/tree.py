"""The tree of a node as rows, and as lines for a person. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """How an actor stands with its supervisor."""

    RUNNING = "running"
    RESTARTING = "restarting"
    HUNG = "hung"
    FAILED = "failed"  # given up for now, tried again later
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class TreeRow:
    """One actor. Its parent is the path before the last `/`."""

    path: str
    status: Status
    since_s: float
    detail: str = ""
    restarts: int = 0
    last_error: str = ""


def duration(seconds: float) -> str:
    """Return seconds as a person reads them: `3.2 s`, `4:12`, `3 d 04:12`."""
    if round(seconds, 1) < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:.1f} s"
    seconds = round(seconds)
    minutes, _ = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    days, hours = divmod(hours, 24)
    if days:
        return f"{days} d {hours:02}:{minutes:02}"
    return f"{hours}:{minutes:02}:{int(seconds) % 60:02}"


def render(rows: Sequence[TreeRow]) -> str:
    """Return the tree, one line per actor; the first row is the root, a row without a listed parent hangs from it."""
    if not rows:
        return ""
    root, paths = rows[0], {row.path for row in rows}
    children: dict[str, list[TreeRow]] = {}
    for row in rows[1:]:
        parent = row.path.rpartition("/")[0]
        children.setdefault(parent if parent in paths else root.path, []).append(row)
    lines: list[tuple[str, TreeRow]] = [(root.path, root)]

    def walk(path: str, indent: str) -> None:
        below = children.get(path, [])
        for row in below:
            last = row is below[-1]
            name = row.path.rpartition("/")[2] if path != root.path else row.path
            lines.append((f"{indent}{'└─' if last else '├─'} {name}", row))
            walk(row.path, indent + ("   " if last else "│  "))

    walk(root.path, "")
    width = max(len(label) for label, _ in lines)
    return "\n".join(f"{label:<{width}}  {_standing(row)}".rstrip() for label, row in lines)


def _standing(row: TreeRow) -> str:
    words = [f"{row.status:<10}"]
    if row.detail:
        words.append(row.detail)
    if row.restarts:
        words.append(f"restarts {row.restarts} ({row.last_error})")
    elif row.last_error:
        words.append(row.last_error)
    if not row.detail:
        words.append(duration(row.since_s))
    return " ".join(words)
