"""Several devices on one line: a bus with addresses, or one instrument used in two ways. Anything else is a slip.

A port that was copied from one device file to the next, with all that depends on it, is found before anything is
opened: two drivers would take each other's answers, and their relays would move for each other's valves.
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from hardware.sharing import Parts, place_of
from roles.boot.document import Document
from roles.boot.findings import Finding
from roles.boot.vocabulary import Klass

UNSTABLE = re.compile("/dev/tty(USB|ACM)[0-9]+$")


@dataclass(frozen=True, slots=True)
class OnLine:
    """A device of this computer with a port. `settings` is Any: each klass has its own."""

    settings: Any
    klass: Klass
    document: Document
    channels: tuple[str, ...]

    @property
    def parts(self) -> Parts | None:
        """See `hardware.sharing.parts_of`."""
        return self.klass.parts(self.settings, self.channels)


def by_line(devices: Iterable[Any]) -> dict[str, list[Any]]:
    """Return the settings of real devices with a port by their line, in order. `Any`: each klass has its own."""
    return _by_place(devices, partial(place_of, object))


def look_at_lines(
    devices: Mapping[str, Any],
    klasses: Mapping[str, Klass],
    documents: Mapping[str, Document],
    channels_of: Callable[[str], Sequence[str]],
    findings: list[Finding],
) -> None:
    """Add a finding for each device that cannot be on its line, or at its place, with one before it."""
    for where, settings in _by_place(devices.values(), lambda each: klasses[each.name].place(each)).items():
        names = [each.name for each in settings]
        found = [OnLine(devices[name], klasses[name], documents[name], tuple(channels_of(name))) for name in names]
        for later in range(1, len(found)):
            problems = (_problem(where, earlier, found[later]) for earlier in found[:later])
            if text := next(filter(None, problems), ""):
                key = "port" if getattr(found[later].settings, "port", "") else "klass"
                findings.append(found[later].document.finding((key,), text))


def unstable_names(devices: Iterable[Any], documents: Mapping[str, Document]) -> list[str]:
    """Return a warning per port whose name depends on the order in which adapters were plugged in."""
    found = [(where, each) for where, group in by_line(devices).items() for each in group if UNSTABLE.match(where)]
    stays = "may be another adapter after the next start: /dev/serial/by-id has names that stay"
    return [str(documents[each.name].finding(("port",), f"{where} {stays}")) for where, each in found]


def _by_place(devices: Iterable[Any], place_of_one: Callable[[Any], str]) -> dict[str, list[Any]]:
    places: dict[str, list[Any]] = {}
    for settings in devices:
        where = "" if getattr(settings, "simulate", False) else place_of_one(settings)
        if where:
            places.setdefault(where, []).append(settings)
    return places


def _problem(where: str, one: OnLine, other: OnLine) -> str:
    """Return why two devices cannot be on one line, or at one place of this computer, and where `one` is; ""."""
    text = _clash(where, one, other)
    return f"{text}; {one.settings.name} is in {one.document.file}" if text else ""


def _clash(where: str, one: OnLine, other: OnLine) -> str:
    name, port = one.settings.name, getattr(one.settings, "port", "")
    if port != getattr(other.settings, "port", ""):
        return f"{name} has {where} as well, with {port}: a line is set up in one way"
    for each in (one, other):
        if each.parts is None:
            whose = "this one" if each is other else name
            what = "this port" if port else where
            return f"{name} has {what} as well, and {whose}, a {each.settings.klass}, needs it for itself"
    if port and one.klass.speaks != other.klass.speaks:
        both = f"a {other.settings.klass} and a {one.settings.klass}"
        return f"{name} has this port as well: {both} do not speak one language"
    mine, theirs = dict(other.parts or {}), dict(one.parts or {})
    taken = next((part for part in mine if part in theirs and theirs[part] != mine[part]), "")
    on = "on the same line" if port else f"on {where}"
    if taken:
        return f"{name} {on} has {taken} ({theirs[taken]}): two devices cannot share it"
    alike = one.channels if mine.keys() & theirs.keys() else ()  # at another address, a channel is another one
    channel = next((each for each in other.channels if each in alike), "")
    return f"{name} {on} has channel {channel}: two devices cannot share it" if channel else ""
