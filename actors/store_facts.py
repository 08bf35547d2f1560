"""The store's facts, and what else is remembered from one start to the next. All of it may raise `sqlite3.Error`."""

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

import structlog

from actors.facts import Fact, Keep
from actors.store_file import StoreUnusable, transaction
from actors.store_schema import ALL_LOCKED

log = structlog.get_logger()


def keep(db: sqlite3.Connection, order: Keep) -> None:
    """Write one fact, or forget it; it is on the disk when this returns."""
    with transaction(db, durable=True):
        if order.value:
            db.execute("INSERT OR REPLACE INTO facts VALUES (?, ?, ?)", (order.fact, order.subject, order.value))
        else:
            db.execute("DELETE FROM facts WHERE fact = ? AND subject = ?", (order.fact, order.subject))


def lock_all(db: sqlite3.Connection, valves: Iterable[str], who: str) -> None:
    """Lock these valves beside those that are locked, and drop the note that asked for it, in one step on the disk."""
    with transaction(db, durable=True):
        rows = [(Fact.LOCK, valve, who) for valve in valves]
        db.executemany("INSERT OR IGNORE INTO facts VALUES (?, ?, ?)", rows)
        db.execute("DELETE FROM notes WHERE note = ?", (ALL_LOCKED,))


def why_all_locked(db: sqlite3.Connection) -> str:
    """Return why every valve is to be locked, or ""."""
    found = db.execute("SELECT value FROM notes WHERE note = ?", (ALL_LOCKED,)).fetchone()
    return str(found[0]) if found else ""


def read_facts(db: sqlite3.Connection) -> dict[Fact, dict[str, str]]:
    """Return fact -> subject -> value.

    Raises:
        StoreUnusable: there is a fact of a kind that only a later version knows.
    """
    facts: dict[Fact, dict[str, str]] = {fact: {} for fact in Fact}
    for fact, subject, value in db.execute("SELECT fact, subject, value FROM facts"):
        try:
            facts[Fact(fact)][str(subject)] = str(value)
        except ValueError:
            raise StoreUnusable(
                f"the store holds a fact that this program does not know: {fact} of {subject}"
            ) from None
    return facts


def read_all(db: sqlite3.Connection) -> None:
    """Read all of it, as a proof that it can be. Raises `StoreUnusable` too, as `read_facts`."""
    for read in (read_facts, read_states, read_described, why_all_locked):
        read(db)


def read_states(db: sqlite3.Connection) -> dict[str, str]:
    """Return valve -> open or closed, as it was known last."""
    return {str(valve): str(state) for valve, state in db.execute("SELECT valve, state FROM states")}


def read_described(db: sqlite3.Connection) -> dict[str, list[dict[str, Any]]]:
    """Return node -> its valves as plain data; a node whose text is none will describe them again."""
    described: dict[str, list[dict[str, Any]]] = {}
    for origin, text in db.execute("SELECT origin, valves FROM described"):
        try:
            described[str(origin)] = list(json.loads(text))
        except (ValueError, TypeError) as error:
            log.warning("store.not_understood", origin=origin, why=str(error))
    return described
