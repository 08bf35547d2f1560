"""Runs the tests of the devices, and counts what passed by device and kind."""

import contextlib
import io
import re
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parents[1]
PROJECT = HERE.parents[1]
COLUMNS = ("codec", "simulator", "driver", "kit, tcp", "kit, pty", "kit, no wire", "faults")
FAULTS = re.compile(r"silence|late|damaged|sticks|says|unplugged|hung_up|off_and_on|one_by_one|take_its_time|prevented")
NOT_DEVICES = {"__pycache__", "links", "proof"}


@dataclass
class Counts:
    """How many tests passed, failed or were skipped, by column."""

    passed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    failed: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    skipped: dict[str, int] = field(default_factory=lambda: defaultdict(int))

    def cell(self, column: str) -> str:
        """Return what stands in a column."""
        passed, failed, skipped = self.passed[column], self.failed[column], self.skipped[column]
        if not passed + failed + skipped:
            return "-"
        return f"{passed}" + (f", {failed} FAILED" if failed else "") + (f" ({skipped} n/a)" if skipped else "")


class Collector:
    """A pytest plug-in that counts."""

    def __init__(self) -> None:
        self.devices: dict[str, Counts] = defaultdict(Counts)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Count a test at its end; one that was skipped has none."""
        if report.when != "call" and not (report.skipped or report.failed):
            return
        device, file = Path(report.nodeid.partition("::")[0]).parts[-2:]
        where = {"passed": "passed", "failed": "failed"}.get(report.outcome, "skipped")
        for column in columns_of(file, report.nodeid):
            getattr(self.devices[device], where)[column] += 1


def columns_of(file: str, nodeid: str) -> list[str]:
    """Return the columns that a test counts for."""
    kind = file.removeprefix("test_").removesuffix(".py")
    if kind != "conformance":
        return [kind if kind in COLUMNS else "driver"]
    wire = re.search(r"\[(tcp|pty)", nodeid)
    return [f"kit, {wire[1]}" if wire else "kit, no wire", *(["faults"] if FAULTS.search(nodeid) else [])]


def folders() -> list[Path]:
    """Return the folder of tests of each device."""
    return [path for path in sorted(HERE.iterdir()) if path.is_dir() and path.name not in NOT_DEVICES]


def table() -> tuple[str, bool]:
    """Run them all; return the table, and whether none failed."""
    collector = Collector()
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = pytest.main(["-q", "-p", "no:cacheprovider", *map(str, folders())], plugins=[collector])
    rows = [("device", *COLUMNS)]
    rows += [(name, *map(collector.devices[name].cell, COLUMNS)) for name in sorted(collector.devices)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(rows[0]))]
    lines = ["  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    if code != pytest.ExitCode.OK:
        lines += ["", said.getvalue()[-4000:]]
    return "\n".join(lines), code == pytest.ExitCode.OK
