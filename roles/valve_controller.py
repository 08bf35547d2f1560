"""`python -m roles.valve_controller`: the computer that has the valves' relays (pyValve)."""

from pathlib import Path

from roles import run
from roles.catalog import chronicle, notifier, plug_ins, remote_nodes, store
from roles.role import Role

ROLE = Role(
    name="valve_controller",
    default_root=Path("~/.pychron.valve"),
    branches=(store, notifier, chronicle, plug_ins, remote_nodes),
)


def main() -> None:
    """Run the role with this process's arguments, and end the process."""
    run.main(ROLE)


if __name__ == "__main__":
    main()
