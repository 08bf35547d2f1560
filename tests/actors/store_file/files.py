"""Store files as they may be found, and what is read from them."""

import queue
import sqlite3
from contextlib import closing

import pykka
import pytest

from actors.facts import Fact, Keep, Kept
from actors.messages import Ping
from actors.store import Recall, Store
from actors.store_file import StoreUnusable
from tests.actors.house import PATIENCE_S, request

NODES = "CREATE TABLE nodes (origin TEXT PRIMARY KEY, address TEXT NOT NULL, seen REAL NOT NULL) WITHOUT ROWID;"


def write(file, script):
    with closing(sqlite3.connect(file)) as db:
        db.executescript(script)


def read(file, question):
    with closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as db:
        return db.execute(question).fetchall()


def lock(house, valve, who):
    if house.ref("extraction_line") is None:
        house.line = house.recorder("extraction_line")
    house.tell("store", Keep(Fact.LOCK, valve, who, "extraction_line", request()))
    assert house.line.wait_for(Kept).error == ""


def refusal_to_start(house, file):
    ref = Store.start(house.context, "store", file)
    with pytest.raises(pykka.ActorDeadError):
        ref.ask(Ping(), timeout=PATIENCE_S)
    try:
        failed = house.failures.get(timeout=PATIENCE_S)
    except queue.Empty:
        pytest.fail("the failure was not reported")
    assert failed.exception is None, "its one line says all"
    assert failed.error.startswith(f"{StoreUnusable.__name__}: ")
    return failed.error


def restarted(house, file):
    house.stop("store")
    house.start(Store, "store", file)
    return house.ask("store", Recall())


def names(file):
    return sorted(path.name for path in file.parent.iterdir())


def a_text(file):
    file.write_bytes(b"this is a text, and not a short one" * 100)
