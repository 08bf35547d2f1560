"""The embedded lab: starter sites in a temporary folder, their controllers as child processes, nothing left behind."""

import shutil
import tempfile
from importlib import resources
from pathlib import Path

from roles.boot.starter import write_starter
from roles.simulation import Simulation, own_settings, player

# Which node of the acquisition site each child process is; one that is none of them follows its news.
_NODE = {"valve_controller": "ExtractionLine", "furnace_controller": "Furnace"}


class EmbeddedLab(Simulation):
    """A lab of starter sites in a temporary folder. `names`: the roles that run as child processes.

    Attributes:
        root: its acquisition site.
    """

    def __init__(self, names: tuple[str, ...]) -> None:
        folder = Path(tempfile.mkdtemp(prefix="valvetree-lab-"))
        self.root = folder / "acquisition"
        try:
            write_starter(resources.files("roles.defaults") / "acquisition", self.root)
            players = [player(name, folder / name, f"process.{name}", _NODE.get(name, "")) for name in names]
        except BaseException:
            shutil.rmtree(folder, ignore_errors=True)
            raise
        super().__init__(folder, self.root, players)

    def settings(self) -> dict[str, str]:
        """Return what makes the starter site fit for one computer."""
        return own_settings()
