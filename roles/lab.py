"""`python -m roles.lab`: the whole lab, simulated, on this computer; also what acquisition runs without a site.

The instruments are simulated in this process, behind real sockets, so that a relay stays where it is when the
controller that switches it is killed. Each controller is a supervised child process on free loopback ports. Everything
lives in a temporary folder that is removed at the end.
"""

import dataclasses
import shutil
import tempfile
from collections.abc import Mapping
from functools import partial
from importlib import resources
from pathlib import Path
from typing import Any

import pykka

from actors.supervisor import Child
from hardware.simulation import serve_tcp, simulator_for
from roles import acquisition, run
from roles.boot.starter import write_starter
from roles.child_process import ChildProcess, role_command
from roles.plugins.building import Building
from roles.role import Role
from transports.rpc.client import Moved

# Which node of the acquisition site each child process is, and which instrument is simulated for it.
_NODE = {"valve_controller": "ExtractionLine", "furnace_controller": "Furnace"}
_INSTRUMENT = {
    "valve_controller": ("switch_controller", "AgilentGPActuator"),
    "furnace_controller": ("furnace_controller", "Eurotherm"),
}


class EmbeddedLab:
    """A lab in a temporary folder. `names`: the roles that run as child processes."""

    def __init__(self, names: tuple[str, ...]) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="valvetree-lab-"))
        self._names = names
        for name in ("acquisition", *names):
            write_starter(resources.files("roles.defaults") / name, self.folder / name)

    @property
    def root(self) -> Path:
        """The acquisition site of the lab."""
        return self.folder / "acquisition"

    def settings(self) -> dict[str, str]:
        """Return what makes the starter site fit for one computer: loopback only, ports that are free."""
        return {"notifier.host": "127.0.0.1", "notifier.port": "0", "dashboard.host": "127.0.0.1"}

    def children(self, building: Building) -> list[Child]:
        """Return one child process per controller, and serve its instrument."""
        return [self._child(building, name) for name in self._names]

    def close(self) -> None:
        """Leave nothing behind."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _child(self, building: Building, name: str) -> Child:
        path = f"process.{name}"
        served = self._instrument(building, name)
        ready = partial(_tell_node, building, _NODE.get(name, ""))

        def start() -> "pykka.ActorRef[ChildProcess]":
            settings = {**self.settings(), **served, **_news_source(building, name)}
            flags = [word for key, value in settings.items() for word in ("--set", f"{key}={value}")]
            command = role_command(name, "--root", str(self.folder / name), "--headless", "--log", "json", *flags)
            return ChildProcess.start(building.context, path, command, ready)

        return Child(path, start)

    def _instrument(self, building: Building, name: str) -> Mapping[str, str]:
        if name not in _INSTRUMENT:
            return {}
        device, klass = _INSTRUMENT[name]
        served = serve_tcp(simulator_for(klass))
        building.served.append(served)
        return {"server.host": "127.0.0.1", "server.port": "0", f"devices.{device}.port": served.address}


def _news_source(building: Building, name: str) -> Mapping[str, str]:
    """Tell a data reduction node where the news of this process are; they have been bound by now."""
    if name in _INSTRUMENT:
        return {}
    facts = building.context.facts
    return {"acquisition.port": str(facts["notify_port"]), "acquisition.reply_port": str(facts["reply_port"])}


def _tell_node(building: Building, node: str, ready: Mapping[str, Any]) -> None:
    if node and "port" in ready:
        building.context.directory.tell(f"node.{node}", Moved("127.0.0.1", int(ready["port"])))


ROLE: Role = dataclasses.replace(
    acquisition.ROLE,
    name="lab",
    lab_nodes=("valve_controller", "furnace_controller", "data_reduction"),
)

def main() -> None:
    """Run the simulated lab with this process's arguments, and end the process."""
    run.main(ROLE)


if __name__ == "__main__":
    main()
