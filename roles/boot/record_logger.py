"""What stands behind every `log.info(...)`: one record, made in one step, in its caller's thread."""

import sys
import time
from typing import Any

import structlog


class RecordLogger(structlog.BoundLoggerBase):
    """structlog's bound logger without its chain of processors: a record costs half of the time.

    Each method takes the event's name and any keys; `exc_info`, as the standard library has it, adds the exception in
    hand. Any thread. What is wrapped is a callable that takes the record.
    """

    def __init__(self, logger: Any, processors: Any, context: Any) -> None:
        super().__init__(logger, processors, context)
        self._head = {"ts": 0.0, "level": "", "event": "", **context}  # what every record begins with, in this order

    def debug(self, event: str, **keys: Any) -> None:
        """Tell nothing: see `VerboseLogger`."""

    def info(self, event: str, **keys: Any) -> None:
        """Tell what has happened as it should."""
        self._logger({**self._head, **keys, "event": event, "ts": time.time(), "level": "info"})

    def warning(self, event: str, **keys: Any) -> None:
        """Tell what somebody should look at by daylight."""
        self._tell(event, "warning", keys)

    def error(self, event: str, **keys: Any) -> None:
        """Tell what somebody should look at now."""
        self._tell(event, "error", keys)

    def exception(self, event: str, **keys: Any) -> None:
        """Tell of a fault that nobody expected, with the exception in hand."""
        self._tell(event, "error", {"exc_info": True, **keys})

    def critical(self, event: str, **keys: Any) -> None:
        """Tell that the node cannot go on."""
        self._tell(event, "critical", keys)

    def _tell(self, event: str, level: str, keys: dict[str, Any]) -> None:
        record = {**self._head, **keys, "event": event, "ts": time.time(), "level": level}
        if given := record.get("exc_info"):
            given = given[1] if isinstance(given, tuple) else given
            record["exc_info"] = given if isinstance(given, BaseException) else sys.exc_info()[1]
        self._logger(record)


class VerboseLogger(RecordLogger):
    """Tells what only a programmer wants to know too."""

    def debug(self, event: str, **keys: Any) -> None:
        """Tell what only a programmer wants to know."""
        self._tell(event, "debug", keys)
