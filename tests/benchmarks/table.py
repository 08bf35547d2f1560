"""The table of figures: each beside the plain ping-pong's, its target and whether that holds."""

from collections.abc import Iterable
from dataclasses import dataclass

_HEAD = ("figure", "plain", "ours", "ratio", "target", "", "errors")
_DIGITS = {"us": 1, "ms": 1, "s": 2, "/s": 0, "MB": 1}


@dataclass(frozen=True)
class Figure:
    """One measured figure.

    Attributes:
        name: what was measured.
        unit: us, ms, s, /s or MB, of `plain` and `ours`.
        plain: the plain ping-pong's, in the same run; 0: it has none, and neither it nor a ratio is shown.
        ours: this program's.
        ratio: the median of the ratios of neighbouring laps, ours to plain.
        limit: what `ratio` may be at most, or at least where more is better (`/s`); None: no target.
        limit_ours: what `ours` may be at most, in `unit`.
        errors: replies that did not hold what they must.
        unsure: the machine was too busy for a verdict.
    """

    name: str
    unit: str
    plain: float
    ours: float
    ratio: float
    limit: float | None = None
    limit_ours: float | None = None
    errors: int = 0
    unsure: bool = False

    @property
    def more_is_better(self) -> bool:
        """Whether it counts operations, not what they cost."""
        return self.unit == "/s"

    @property
    def verdict(self) -> str:
        """`holds`, `missed` or `unsure`, or nothing where there is no target."""
        if self.unsure:
            return "unsure"
        if self.limit is not None:
            good = self.ratio >= self.limit if self.more_is_better else self.ratio <= self.limit
        elif self.limit_ours is not None:
            good = self.ours <= self.limit_ours
        else:
            return ""
        return "holds" if good and not self.errors else "missed"

    def target(self) -> str:
        """Return the target for a person."""
        if self.limit is not None:
            return f">= {_times(self.limit)}" if self.more_is_better else f"<= {_times(self.limit)}"
        return f"<= {self.limit_ours:g} {self.unit}" if self.limit_ours is not None else ""


def render(figures: Iterable[Figure]) -> str:
    """Return the table as text; numbers to the right."""
    rows = [_HEAD, *(_row(figure) for figure in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_HEAD))]
    rows.insert(1, tuple("-" * width for width in widths))
    return "\n".join(_line(row, widths) for row in rows)


def _row(figure: Figure) -> tuple[str, ...]:
    return (
        figure.name,
        _amount(figure.plain, figure.unit) if figure.plain else "-",
        _amount(figure.ours, figure.unit),
        _times(figure.ratio) if figure.plain else "-",
        figure.target(),
        figure.verdict,
        str(figure.errors),
    )


def _line(row: tuple[str, ...], widths: list[int]) -> str:
    name, *rest = row
    cells = [f"{cell:>{width}}" for cell, width in zip(rest, widths[1:], strict=True)]
    return "  ".join([f"{name:<{widths[0]}}", *cells])


def _amount(amount: float, unit: str) -> str:
    return f"{amount:,.{_DIGITS[unit]}f} {unit}"


def _times(ratio: float) -> str:
    """Return `2.1 x`, or `1/8.3` for less than a half."""
    if 0 < ratio < 0.5:
        return f"1/{1 / ratio:.1f}".removesuffix(".0")
    return f"{ratio:.{2 if ratio < 10 else 0}f} x"
