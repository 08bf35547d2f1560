"""How a role's process ends."""

from enum import IntEnum


class ExitCode(IntEnum):
    """The exit codes of every role. A missing device or node is never a reason to stop."""

    FINE = 0
    """Everything was done; an orderly stop."""
    FAILED = 1
    """A statement or a script failed, or `--check` found something."""
    WRONG_SITE = 2
    """The site or the arguments are wrong; every finding was told."""
    NOT_AVAILABLE = 3
    """An own listener, the store or the site's lock could not be had."""
    GAVE_UP = 4
    """Supervision gave up: let systemd or the parent start the process again."""
