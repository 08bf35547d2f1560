"""A disk without room, for this very process: the system refuses every write to a file."""

import contextlib
import resource
from collections.abc import Iterator


@contextlib.contextmanager
def no_room(largest_file: int = 0) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: a write there fails as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (largest_file, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
