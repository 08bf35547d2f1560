"""`python -m tests.benchmarks`: how fast it is, in units of a plain TCP ping-pong that is measured in the same run."""

import argparse
import json
import platform
import sys
from dataclasses import asdict
from pathlib import Path

from tests.benchmarks import pinning
from tests.benchmarks.figures import QUICK, Effort, Measurement
from tests.benchmarks.table import Figure, render


def main() -> None:
    """Measure, and print the table. A missed target is told, and is no failure."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="about 10 s instead of 60, and less certain")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures to a file too")
    arguments = parser.parse_args()
    run = Measurement(pinning.choose(), QUICK if arguments.quick else Effort())
    machine = f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"
    sys.stdout.write(f"{machine}; {run.cores.said()}\n")
    figures: list[Figure] = []
    for figure in run.figures():
        figures.append(figure)
        sys.stderr.write(f"\rmeasured {figure.name:<60}" if sys.stderr.isatty() else "")
    sys.stderr.write("\r" + " " * 70 + "\r" if sys.stderr.isatty() else "")
    sys.stdout.write(f"{render(figures)}\n" + "".join(f"{note}\n" for note in run.notes))
    if arguments.json:
        told = {
            "machine": machine,
            "pinned": run.cores.pinned,
            "notes": run.notes,
            "figures": [asdict(figure) | {"verdict": figure.verdict} for figure in figures],
        }
        arguments.json.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
