"""Who handles which message: one table for all actors that have the same methods."""

from collections.abc import Callable, Mapping
from typing import Any

Handler = Callable[[Any, Any], Any]  # given the actor and the message
Handling = Mapping[type, Handler]

_known: dict[tuple[tuple[type, Handler], ...], Handling] = {}


def handling(actor: object, handlers: Mapping[type, Callable[[Any], Any]]) -> Handling:
    """Return an actor's handlers as functions of actor and message.

    Hundreds of valves and connections with a table each would fill the processor's caches with them. What is no method
    of the actor itself keeps the table its own.
    """
    table: dict[type, Handler] = {}
    shared = True
    for kind, handler in handlers.items():
        if getattr(handler, "__self__", None) is actor:
            table[kind] = handler.__func__  # type: ignore[attr-defined]  # a method has it
        else:
            table[kind] = _called(handler)
            shared = False
    return _known.setdefault(tuple(table.items()), table) if shared else table


def _called(handler: Callable[[Any], Any]) -> Handler:
    def handle(_actor: Any, message: Any) -> Any:
        return handler(message)

    return handle
