"""What a site says of its line, as it was understood: how valves are wired, who follows whom, the safe state."""

from collections.abc import Iterator, Mapping

from actors.table import ValveSpec
from roles.boot.families import Families
from roles.boot.site import Site
from roles.checking.report import Report


def line_report(site: Site) -> list[Report]:
    """Return one report per topic that the site has something of, each under its own headline."""
    topics = {
        "wiring:": _wiring(site),
        "pipettes:": (f"  {pipette.name}  inner {pipette.inner}, outer {pipette.outer}" for pipette in site.pipettes),
        "parents:": _families(site.valves),
        "safe state:": _safe_state(site),
    }
    reports = [Report([title, *lines]) for title, lines in topics.items()]
    return [report for report in reports if len(report.lines) > 1]


def _wiring(site: Site) -> Iterator[str]:
    """Yield what an open valve's relay does, by device and where a valve says otherwise, and who reads it."""
    for name, device in site.devices.items():
        mine = [valve for valve in site.valves if valve.actuator == f"actuator.{name}"]
        word = getattr(device, "valve_opens_when", "")
        if mine and word != "":
            yield f"  {name}  {f'valves open when {_relay(word)}' if word else 'each valve says when it opens'}"
        yield from (f"    {valve.name}  {text}" for valve in mine if (text := _own(valve)))
    if by_hand := [valve.name for valve in site.valves if valve.kind == "manual_valve" and not valve.remote]:
        yield f"  by hand  {' '.join(by_hand)}"


def _own(valve: ValveSpec) -> str:
    said = [f"opens when {_relay(valve.opens_when)}"] if valve.opens_when else []
    if valve.inverted_logic:
        said.append("the other way round: inverted_logic")
    if valve.kind == "double_actuation_valve":
        first, second = valve.address.split(",")
        said.append(f"{first}, {valve.open_delay_s:g} s, {second} to open; back in {valve.close_delay_s:g} s")
    if valve.state_actuator or valve.state_address:
        where = f"channel {valve.state_address or valve.address} of {valve.state_actuator or valve.actuator}"
        said.append(f"read from {where}{', inverted' if valve.state_inverted else ''}")
    return "; ".join(said)


def _relay(word: str) -> str:
    return f"the {word.replace('_', ' is ')}"


def _families(valves: tuple[ValveSpec, ...]) -> Iterator[str]:
    table: Mapping[str, ValveSpec] = {valve.name: valve for valve in valves}
    for parent, children in Families(table).parents():
        along = [f"{name} (the other way)" if table[name].parent_inverted else name for name in children]
        yield f"  {parent}  moved along: {', '.join(along)}"


def _safe_state(site: Site) -> Iterator[str]:
    """Yield the steps in order, then what they leave alone, then what goes there by itself."""
    if not site.safe_state:
        return
    families = Families({valve.name: valve for valve in site.valves})
    named: set[str] = set()
    for place, step in enumerate(site.safe_state, start=1):
        moves = families.following(step.valve, step.target) if step.target else {}
        named |= {step.valve, *moves}
        said = [f"{step.valve} {step.target or 'held as it is'}"]
        said += [f"{name} {target}" for name, target in moves.items() if name != step.valve]
        yield f"  {place}  {', '.join(said)}"
    if rest := [valve.name for valve in site.valves if valve.name not in named]:
        yield f"  not named, and left as they are: {' '.join(rest)}"
    if site.preferences.safe_state_on_stop:
        yield f"  at an orderly stop, within {site.preferences.safe_state_limit:g} s"
    if site.preferences.dead_man.action == "safe_state":
        yield f"  when nobody has been heard of for {site.preferences.dead_man.after:g} s"
