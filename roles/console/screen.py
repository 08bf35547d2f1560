"""Where words end up: results on stdout, one-line failures on stderr, both looked up at every write."""

import sys


def show(text: str) -> None:
    """Print a line for the person, at once (a pipe is else written in blocks)."""
    print(text, flush=True)  # noqa: T201 - the console prints


def complain(text: str) -> None:
    """Print why something failed."""
    sys.stdout.flush()
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - the console prints
