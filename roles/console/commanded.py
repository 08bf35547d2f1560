"""Things of the console that are commanded by their methods: what cannot be called so is said in a sentence."""

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

from actors.rules import nearest
from roles.console.results import Misused

Thing = TypeVar("Thing")


class NoSuchMethod(Misused, AttributeError):
    """`furnace.trip()` where there is none: one line at the console, and False for `hasattr`."""


def commanded(word: str) -> Callable[[type[Thing]], type[Thing]]:
    """Have the methods of a class say how they are used when they are called otherwise. `word`: its console name."""

    def decorate(kind: type[Thing]) -> type[Thing]:
        methods = [name for name, found in vars(kind).items() if inspect.isfunction(found) and not name.startswith("_")]
        for name in methods:
            setattr(kind, name, _said(f"{word}.{name}", vars(kind)[name]))

        def missing(_thing: Thing, name: str) -> NoReturn:
            if name.startswith("_"):
                raise AttributeError(name)
            raise NoSuchMethod(f"{word} has no {name}{nearest(name, methods)}; it has {', '.join(methods)}")

        kind.__getattr__ = missing  # type: ignore[attr-defined]
        return kind

    return decorate


def bound(name: str, usage: str, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]) -> None:
    """Return if a function can be called so. Raises `Misused`, which says how it is used."""
    try:
        inspect.signature(function).bind(*args, **named)
    except TypeError as error:
        raise Misused(f"{name}: {error}; it is used like this: {usage}") from None


def _said(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    parameters = list(inspect.signature(method).parameters.values())[1:]
    usage = f"{name}{inspect.Signature([each.replace(annotation=each.empty) for each in parameters])}"

    @wraps(method)
    def call(thing: Any, *args: Any, **named: Any) -> Any:
        bound(name, usage, method, (thing, *args), named)
        return method(thing, *args, **named)

    return call
