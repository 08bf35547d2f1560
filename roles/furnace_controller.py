"""`python -m roles.furnace_controller`: the computer that has the furnace (furPi)."""

from pathlib import Path

from roles import run
from roles.catalog import chronicle, notifier, plug_ins, remote_nodes, store
from roles.role import Role

ROLE = Role(
    name="furnace_controller",
    default_root=Path("~/.pychron.furpi"),
    branches=(store, notifier, chronicle, plug_ins, remote_nodes),
)


def main() -> None:
    """Run the role with this process's arguments, and end the process."""
    run.main(ROLE)


if __name__ == "__main__":
    main()
