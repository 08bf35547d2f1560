"""Which devices may be on one line: they speak alike, and have an address or agree about each part of an instrument."""

from collections.abc import Mapping, Sequence
from typing import Any

from hardware.links.address import place

Parts = Mapping[str, str]
"""What of an instrument a device takes -> what for."""


def place_of(kind: type[Any], settings: Any) -> str:
    """Return where a device of this klass is: two at one place have to agree. "": nowhere that another can be.

    It is its port's, or what of this computer it `holds`. `settings` is Any, as each klass has its own.
    """
    port = getattr(settings, "port", "")
    return place(port) if port else str(getattr(kind, "holds", ""))


def speech_of(kind: type[Any]) -> str:
    """Return what a klass speaks on its line: those on one have to speak alike.

    A klass says it by `speaks`, such as "modbus"; of another it is the package that it is from.
    """
    module = kind.__module__
    return str(getattr(kind, "speaks", "")) or module.rpartition(".")[0] or module


def parts_of(kind: type[Any], settings: Any, channels: Sequence[str]) -> Parts | None:
    """Return what a device of this klass takes of what is behind its port; None: all of it, for itself alone.

    `settings` is Any, as each klass has its own. A klass says it by `parts`, a class method of the same arguments, or
    by `addressed_by`: which of its settings is the device's address on a bus.
    """
    parts = getattr(kind, "parts", None)
    if parts is not None:
        taken: Parts = parts(settings, channels)
        return taken
    field = getattr(kind, "addressed_by", "")
    return {f"{field} {getattr(settings, field)}": settings.name} if field else None
