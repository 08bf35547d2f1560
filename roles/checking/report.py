"""What was found out: lines to read, what is worth a warning, and what is wrong."""

from dataclasses import dataclass, field

SLOW_MS = 5.0


@dataclass(slots=True)
class Report:
    """One part of what `--check` says. `findings`: each makes the site fail the check; `warnings` do not."""

    lines: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    findings: list[str] = field(default_factory=list)

    def add(self, other: "Report") -> None:
        """Append another part to this one."""
        self.lines += other.lines
        self.warnings += other.warnings
        self.findings += other.findings

    def round_trip(self, who: str, took_ms: float) -> None:
        """Say how long a question took; over 5 ms is worth a warning: a move makes several."""
        self.lines.append(f"    round trip   {took_ms:.1f} ms")
        if took_ms > SLOW_MS:
            self.warnings.append(f"{who}: a round trip took {took_ms:.1f} ms, expected at most {SLOW_MS:g} ms")
