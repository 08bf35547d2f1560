"""`--simulate` and the embedded lab: other nodes are played by child processes, instruments by their simulators.

The instruments are simulated in this process, behind real sockets, so that a relay stays where it is when the
controller that switches it is killed. Everything is on loopback, and lives in a temporary folder that is removed at
the end: what a simulated lab does is never taken for what the real one did.
"""

import shutil
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pykka

from actors.watched import Child
from hardware.simulation import Served, serve_tcp, simulator_for
from roles.boot.site import Site
from roles.boot.starter import write_starter
from roles.child_process import ChildProcess, role_command
from roles.plugins.building import Building
from roles.simulated_line import write_line
from transports.rpc.node import Moved

LOOPBACK = "127.0.0.1"
_CONTROLLERS = {"RemoteExtractionLineManager": "valve_controller", "RemoteFurnaceManager": "furnace_controller"}
_INSTRUMENTS = {
    "valve_controller": {"switch_controller": "AgilentGPActuator"},
    "furnace_controller": {"furnace_controller": "Eurotherm"},
}


@dataclass(frozen=True)
class Player:
    """A child process that plays a node.

    Attributes:
        role: what it runs, with the site at `root`; path: its actor here.
        node: the device file of this node's site that it stands for; "": none.
        instruments: its devices that are simulated here: name -> klass.
        name: what it calls itself; "": as its role.
    """

    role: str
    root: Path
    path: str
    node: str = ""
    instruments: Mapping[str, str] = field(default_factory=dict)
    name: str = ""


def player(role: str, root: Path, path: str, node: str) -> Player:
    """Write a role's starter site to `root`, and return who will play it with its instrument."""
    write_starter(resources.files("roles.defaults") / role, root)
    return Player(role, root, path, node, _INSTRUMENTS.get(role, {}))


class Simulation:
    """Nodes that are played on this computer.

    Attributes:
        home: where this process keeps its own state and logs, instead of in its site.
    """

    def __init__(self, folder: Path, home: Path, players: Sequence[Player]) -> None:
        self.home = home
        self._folder = folder
        self._players = players

    def children(self, building: Building) -> list[Child]:
        """Return one child process per player; its instruments are served from its first start on."""
        return [self._child(building, played) for played in self._players]

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def _child(self, building: Building, played: Player) -> Child:
        served: dict[str, Served] = {}
        ready = partial(_tell_node, building, played.node)

        def start() -> "pykka.ActorRef[ChildProcess]":
            for device, klass in played.instruments.items():
                if device not in served:
                    served[device] = serve_tcp(simulator_for(klass))
                    building.served.append(served[device])
            settings = {
                **own_settings(),
                **({"name": played.name} if played.name else {}),
                **_server(played),
                **{f"devices.{device}.port": instrument.address for device, instrument in served.items()},
                **_news_source(building, played),
            }
            flags = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
            command = role_command(played.role, "--root", str(played.root), "--headless", "--log", "json", *flags)
            command += ["--parent-folder", str(self._folder)]
            return ChildProcess.start(building.context, played.path, command, ready)

        return Child(played.path, start)


def own_settings() -> dict[str, str]:
    """Return what makes a starter site fit for one computer: loopback only, ports that are free."""
    return {"notifier.host": LOOPBACK, "notifier.port": "0"}


def _server(played: Player) -> Mapping[str, str]:
    return {"server.host": LOOPBACK, "server.port": "0"} if played.node else {}


def _news_source(building: Building, played: Player) -> Mapping[str, str]:
    """Tell a data reduction node where the news of this process are; they have been bound by now."""
    if played.node:
        return {}
    facts = building.context.facts
    return {"acquisition.port": str(facts["notify_port"]), "acquisition.reply_port": str(facts["reply_port"])}


def _tell_node(building: Building, node: str, ready: Mapping[str, Any]) -> None:
    if node and "port" in ready:
        building.found_at[node] = (LOOPBACK, int(ready["port"]))
        building.context.directory.tell(f"node.{node}", Moved(*building.found_at[node]))


# --- a given site, simulated -----------------------------------------------------------------------------------


def simulated(site: Site) -> Simulation:
    """Return what plays every remote node of a site: valves that it lists are had, and wired as it says."""
    folder = Path(tempfile.mkdtemp(prefix="valvetree-simulated-"))
    try:
        return Simulation(folder, folder / "home", list(_players(site, folder)))
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise


def _players(site: Site, folder: Path) -> list[Player]:
    players: list[Player] = []
    starter_line = False  # the starter's valves can be had once: a name belongs to one node
    for name, node in site.remotes.items():
        role = _CONTROLLERS[getattr(node, "klass", "")]
        root = folder / "nodes" / name
        played = replace(player(role, root, f"process.{name}", name), name=name)
        if role == "valve_controller":
            listed = [spec for spec in site.valves if spec.actuator == f"node.{name}"]
            if listed or starter_line:
                played = replace(played, instruments=write_line(root, listed))
            starter_line = starter_line or not listed
        players.append(played)
    return players


def on_loopback(site: Site) -> Site:
    """Return the site with nothing in it that reaches beyond this computer."""
    here: dict[str, object] = {"host": LOOPBACK}
    open_to_all: dict[str, object] = {"allow": ()}
    preferences = site.preferences
    server = site.server
    return replace(
        site,
        remotes={name: node.model_copy(update=here | {"tls": None}) for name, node in site.remotes.items()},
        server=server.model_copy(update=here | open_to_all) if server else None,
        listeners={name: each.model_copy(update=here | open_to_all) for name, each in site.listeners.items()},
        preferences=preferences.model_copy(
            update={
                "notifier": preferences.notifier.model_copy(update=here),
                "dashboard": preferences.dashboard.model_copy(update=here),
                "acquisition": preferences.acquisition.model_copy(update=here),
            }
        ),
    )
