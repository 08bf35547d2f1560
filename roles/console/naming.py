"""Which valve a person means: by its name, or by its description, whatever its capitals. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from actors.rules import nearest
from actors.views import ValveView

_LONGEST = 64  # of a name that a refusal says again
_NAMED = 12  # valves that a refusal lists where none is near


@dataclass(frozen=True, slots=True)
class NotFound:
    """No valve is called so. `shown`: what was asked for, as it may be shown; `text`: why not, with the nearest."""

    shown: str
    text: str


def find_valve(wanted: str, views: Sequence[ValveView]) -> ValveView | NotFound:
    """Return the valve of that name, else of that description, or why there is none."""
    folded = wanted.casefold()
    for view in views:
        if view.name == wanted:
            return view
    for view in views:
        if folded and view.description.casefold() == folded:
            return view
    names = [view.name for view in views]
    hint = nearest(wanted, [*names, *(view.description for view in views if view.description)])
    hint = hint or f"; there are {', '.join(names[:_NAMED])}{', ...' if names[_NAMED:] else ''}"
    shown = wanted[:_LONGEST] or "an empty text"
    text = f"{shown} is not a registered valve name{hint if names else '; there are no valves here'}"
    return NotFound(shown, text)
