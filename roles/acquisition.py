"""`python -m roles.acquisition`: the acquisition computer (pyExperiment). Without a site, the embedded lab."""

from pathlib import Path

from roles import run
from roles.catalog import chronicle, notifier, plug_ins, remote_nodes, store
from roles.role import Role

ROLE = Role(
    name="acquisition",
    default_root=Path("~/.pychron.experiment"),
    branches=(store, notifier, chronicle, plug_ins, remote_nodes),
    embedded_lab=True,
    lab_nodes=("valve_controller", "furnace_controller"),
)


def main() -> None:
    """Run the role with this process's arguments, and end the process."""
    run.main(ROLE)


if __name__ == "__main__":
    main()
