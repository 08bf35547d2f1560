"""A place for a store, and a store that was used."""

import pytest

from actors.store import Store
from actors.store_journal import Write
from tests.actors.store_file.files import lock


@pytest.fixture
def file(tmp_path):
    found = tmp_path / "state" / "store.sqlite"
    found.parent.mkdir()
    return found


@pytest.fixture
def used(house, file):
    """A store that holds a lock and a hundred rows, and is closed."""
    house.start(Store, "store", file)
    lock(house, "A", "jan")
    row = (1.5, "me", "open", "A", "moved", "", "", 2.5, "closed", "open", "t1", "10.0.0.1:5")
    house.tell("store", Write((row,) * 100))
    house.stop("store")
    return file
