"""`python -m roles.lab`: the whole lab, simulated, on this computer; acquisition without a site runs most of it."""

import dataclasses

from roles import acquisition, run
from roles.role import Role

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
