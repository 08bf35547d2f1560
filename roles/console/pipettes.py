"""What `pipettes()` shows: the pipettes of this node, and of the nodes whose valves it commands."""

import json
from datetime import datetime

from actors.errors import CommandError
from actors.views import PipetteView
from roles.console.operator import Operator


def pipettes_of(operator: Operator) -> tuple[list[tuple[str, PipetteView]], list[str]]:
    """Return (node, pipette) for each, and why those of a node are not told. Asks each node once."""
    own: tuple[PipetteView, ...] = operator.query("pipettes", operator.line_path).outcome.value
    found, missing = [(operator.node, view) for view in own], list[str]()
    nodes = dict.fromkeys(view.origin for view in operator.views() if view.origin.startswith("node."))
    for path in nodes:
        name = path.removeprefix("node.")
        try:
            told = operator.query("GetPipetteCounts", path).outcome.text
            found += [(name, _view(one)) for one in json.loads(told)]
        except CommandError as error:
            missing.append(f"those of {name} are not known now: {error}")
        except (ValueError, TypeError, KeyError):
            missing.append(f"those of {name} are not understood: {told[:80]!r}")
    return found, missing


def _view(told: dict[str, object]) -> PipetteView:
    at = told.get("last_shot_time")
    last_shot = datetime.fromisoformat(str(at)).timestamp() if at else 0.0
    return PipetteView(str(told["name"]), int(str(told["counts"])), bool(told.get("armed")), last_shot)
