"""What a role is: a name, a default root, and what it starts whatever its site says."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from actors.watched import Child
from roles.plugins.building import Building

Branch = Callable[[Building], list[Child]]


@dataclass(frozen=True)
class Role:
    """One kind of machine.

    Attributes:
        name: the module's: `python -m roles.<name>`.
        default_root: its site where `--root` names none.
        branches: what it starts, in order.
        embedded_lab: without a site it runs the simulated lab.
        lab_nodes: the roles that this lab runs as child processes.
        mirrors: it commands nothing and shows another node's picture.
    """

    name: str
    default_root: Path
    branches: tuple[Branch, ...]
    embedded_lab: bool = False
    mirrors: bool = False
    lab_nodes: tuple[str, ...] = ()

    def children(self, building: Building, lab: Branch | None = None) -> tuple[Child, ...]:
        """Return the start list of a node with this site; the lab's processes outlive the connections to them."""
        *first, last = self.branches
        branches = (*first, lab, last) if lab is not None else self.branches
        return tuple(child for branch in branches for child in branch(building))
