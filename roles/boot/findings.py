"""Findings: everything that is wrong with a site, each with its place, all told at once."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, order=True)
class Finding:
    """One thing that is wrong.

    Attributes:
        file: relative to the site's root, or `--set`; line: from 1, 0 where there is none.
        path: the dotted key, such as `relays[2].chanel`; "" for the file itself.
        text: what is wrong and what was expected.
    """

    file: str
    line: int
    path: str
    text: str

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}" if self.line else self.file
        return ": ".join(part for part in (place, self.path, self.text) if part)


class SiteError(Exception):
    """A site that cannot be started. `findings` has all of them, in the order of files and lines."""

    def __init__(self, findings: Iterable[Finding]) -> None:
        self.findings = tuple(sorted(set(findings)))
        super().__init__("\n".join(map(str, self.findings)))


def nearest(word: str, known: Iterable[str]) -> str:
    """Return `, did you mean X?` for the known word nearest to `word`, "" where none is near."""
    by_fold = {name.casefold(): name for name in sorted(known)}
    found = difflib.get_close_matches(word.casefold(), by_fold, n=1, cutoff=0.6)
    return f", did you mean {by_fold[found[0]]}?" if found else ""
