"""The plug-in ExtractionLine: actuators, the line, its valves; and what another node's valves need here."""

from functools import partial
from typing import Any

import pykka
import structlog

from actors.actuator import Actuator, ActuatorSetup, LoopActuator
from actors.dead_man import DeadMan, DeadManSettings
from actors.double_valve import DoubleActuationValve
from actors.extraction_line import ExtractionLine
from actors.intents import IntentLog
from actors.line_setup import LineSetup
from actors.polarity import channels_of, of_device
from actors.remote import Grown
from actors.table import DOUBLE, ValveSpec
from actors.valve import Valve
from actors.valve_health import STATISTICS, ValveHealth
from actors.watched import Child
from hardware.device import ActuatorDevice
from roles.boot.listeners import SERVER_PLUGIN
from roles.boot.site import Site
from roles.plugins.building import Building
from roles.plugins.devices import Wired, devices_of
from transports.rpc.forward import BadDescription, spec_of

LINE = "extraction_line"

log = structlog.get_logger()


def children(building: Building) -> list[Child]:
    """Return the actuators that switch valves here, the line, one actor per valve, and the keeper of their counts.

    In the order of starting. A valve that a person turns has its actor, and no actuator.
    """
    valves = building.site.valves
    intents = IntentLog(building.state_dir / "intents" if building.state_dir else None)
    actuators = [
        _actuator(building, settings.name, of_device(valves, f"actuator.{settings.name}"))
        for settings in devices_of(building.site, ActuatorDevice)
    ]
    grow = partial(_grow, building, intents)
    setup = LineSetup(
        valves,
        building.fence,
        intents,
        building.timeouts_s,
        valve_nodes(building.site),
        grow,
        pipettes=building.site.pipettes,
        safe_state=building.site.safe_state,
        check_owner=building.site.preferences.extraction_line.check_owner,
        lease_s=building.site.preferences.extraction_line.lease,
    )
    line = Child(LINE, lambda: _line(building, setup), essential=True)
    health = Child(STATISTICS, lambda: ValveHealth.start(building.context, STATISTICS, valves))
    return [
        *actuators,
        line,
        *(_valve(building, valve, intents) for valve in valves),
        health,
        *_dead_man(building),
    ]


def _dead_man(building: Building) -> list[Child]:
    """Return the dead-man of a node that others command, and whose own valves it holds."""
    site, told = building.site, building.site.preferences.dead_man
    if SERVER_PLUGIN not in site.plugins or all(valve.remote for valve in site.valves):
        return []
    settings = DeadManSettings(told.after, told.action == "safe_state", LINE)
    return [Child("dead_man", lambda: DeadMan.start(building.context, "dead_man", settings))]


def valve_nodes(site: Site) -> tuple[str, ...]:
    """Return the paths of the node connections that bring valves of their own."""
    remotes = site.remotes.items()
    return tuple(
        f"node.{name}" for name, node in remotes if getattr(node, "klass", "") == "RemoteExtractionLineManager"
    )


def _line(building: Building, setup: LineSetup) -> "pykka.ActorRef[ExtractionLine]":
    """Start the line; valves that a node described in an earlier life come back as soon as their actors run."""
    memory = building.recall()
    line = ExtractionLine.start(building.context, LINE, setup, memory.facts, memory.states, memory.trouble)
    own = {spec.name for spec in setup.specs}
    for node in setup.nodes:
        try:
            described = [spec_of(told, node) for told in memory.described.get(node, ())]
        except BadDescription as error:  # of another version: the node will describe them again
            log.warning("store.not_understood", origin=node, why=str(error))
            continue
        remembered = tuple(spec for spec in described if spec.name not in own)
        if remembered:
            setup.grow(remembered)
    return line


def _actuator(building: Building, name: str, valves: list[ValveSpec]) -> Child:
    settings = building.site.devices[name]
    path = f"actuator.{name}"
    wired = Wired(building, settings, channels_of(valves, path))
    opens_when_closed = getattr(settings, "valve_opens_when", "") == "relay_closed"
    setup = ActuatorSetup(valves, opens_when_closed, getattr(settings, "poll", 2.0), LINE)
    building.timeouts_s[path] = getattr(settings, "timeout", 1.0)

    def start() -> "pykka.ActorRef[Any]":
        driver, exchange = wired.wire()
        kind = LoopActuator if getattr(driver, "never_blocks", False) else Actuator
        return kind.start(building.context, path, driver, exchange, setup, building.fence)

    return Child(path, start, revoke=wired.revoke)


def _valve(building: Building, spec: ValveSpec, intents: IntentLog) -> Child:
    path = f"{LINE}/valve.{spec.name}"
    kind = DoubleActuationValve if spec.kind == DOUBLE and not spec.remote else Valve
    return Child(path, lambda: kind.start(building.context, path, spec, LINE, intents))


def _grow(building: Building, intents: IntentLog, specs: tuple[ValveSpec, ...]) -> None:
    building.grow(tuple(_valve(building, spec, intents) for spec in specs), (LINE, Grown(specs)))
