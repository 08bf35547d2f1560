"""preferences.yaml's `furnace.water`: whether what it names can tell whether there is cooling water."""

from collections.abc import Mapping
from typing import Any

from roles.boot.document import Document
from roles.boot.findings import Finding, nearest
from roles.boot.preferences import Preferences

KEY = ("furnace", "water", "gauge")


def look_at_water(
    document: Document, preferences: Preferences, devices: Mapping[str, Any], findings: list[Finding]
) -> None:
    """Add a finding where no gauge of this node has that name, or it is not looked at often enough.

    `devices`: those of this computer; Any: each klass has its own settings.
    """
    water, blind_s = preferences.furnace.water, preferences.furnace.blind
    if water is None:
        return
    polls = {name: each.poll for each in devices.values() for name in getattr(each, "gauges", ())}
    poll_s = polls.get(water.gauge)
    if poll_s is None:
        text = f"no device of this computer has a gauge {water.gauge!r}{nearest(water.gauge, set(polls))}"
        findings.append(document.finding(KEY, text))
    elif not 0 < 2 * poll_s <= blind_s:
        seldom = f"looked at every {poll_s:g} s: expected at least twice in blind, which is {blind_s:g} s"
        often = seldom if poll_s else "never looked at: its poll is 0"
        findings.append(document.finding(KEY, f"{water.gauge} is {often}"))
