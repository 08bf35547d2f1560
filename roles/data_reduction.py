"""`python -m roles.data_reduction`: the data reduction workstation (pyCrunch). It listens, and commands nothing."""

from pathlib import Path

from roles import run
from roles.catalog import news_mirror, plug_ins, store
from roles.role import Role

ROLE = Role(
    name="data_reduction",
    default_root=Path("~/.pychron.crunch"),
    branches=(store, plug_ins, news_mirror),
    mirrors=True,
)


def main() -> None:
    """Run the role with this process's arguments, and end the process."""
    run.main(ROLE)


if __name__ == "__main__":
    main()
