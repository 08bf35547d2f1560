"""The pipettes of a line: how many shots were taken of each, here and on the nodes whose valves it has."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actors.errors import CommandError
from roles.console import rendering
from roles.console.operator import Operator

LINE = "extraction_line"
HERE, THERE = "pipettes", "GetPipetteCounts"  # how a line is asked, and how a node
_HEADERS = ("pipette", "shots", "filled", "last shot", "node")


@dataclass(frozen=True, slots=True)
class _Pipette:
    name: str
    shots: int
    armed: bool
    last_shot: float  # UTC seconds; 0.0: never

    def row(self, node: str) -> tuple[str, ...]:
        """Return it as it stands in the table, with the local time."""
        at = f"{datetime.fromtimestamp(self.last_shot).astimezone():%Y-%m-%d %H:%M:%S}" if self.last_shot else "never"
        return (self.name, str(self.shots), "filled" if self.armed else "", at, node)


def table(operator: Operator) -> str:
    """Return the table of all pipettes; below it, which node could not tell of its own, and why."""
    rows = [_of(view).row(operator.node) for view in operator.query(HERE, LINE).outcome.value]
    troubles = []
    for path in dict.fromkeys(view.origin for view in operator.views() if view.origin.startswith("node.")):
        node = path.removeprefix("node.")
        try:
            rows += [pipette.row(node) for pipette in _told(operator.query(THERE, path).outcome.text)]
        except CommandError as error:
            troubles.append(rendering.command_error(error))
        except (ValueError, TypeError, KeyError):
            troubles.append(f"{node} tells of its pipettes in no form that is known here")
    shown = rendering.table(_HEADERS, rows) if rows else "" if troubles else "no pipette is described"
    return "\n".join([*filter(None, [shown]), *troubles])


def _of(view: Any) -> _Pipette:  # Any: an outcome carries plain values; this one a `PipetteView`
    return _Pipette(view.name, view.shots, view.armed, view.last_shot)


def _told(text: str) -> Iterable[_Pipette]:
    """Yield what a node has answered; raises `ValueError`, `TypeError` or `KeyError` for anything else."""
    for told in json.loads(text):
        entry: Mapping[str, Any] = told  # Any: plain JSON
        last = entry["last_shot_time"]
        at = datetime.fromisoformat(last).timestamp() if last else 0.0
        yield _Pipette(str(entry["name"]), int(entry["counts"]), bool(entry["armed"]), at)
