"""`python -m tests.hardware.proof [--mutate]`."""

import sys

from tests.hardware.proof import mutations
from tests.hardware.proof.table import table


def main() -> int:
    """Print it; return 0 where nothing failed and no damage went unnoticed or could not be tried."""
    if "--mutate" in sys.argv[1:]:
        said, wrong = mutations.run()
        print(said)  # noqa: T201 - that is what it is for
        return int(wrong > 0)
    shown, fine = table()
    print(shown)  # noqa: T201
    return int(not fine)


if __name__ == "__main__":
    sys.exit(main())
