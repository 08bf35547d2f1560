"""What a node asks of the interpreter it runs in."""

import gc
import weakref

import pytest

from roles.boot import machine


@pytest.fixture
def settings():
    before = gc.get_threshold()
    yield
    gc.unfreeze()
    gc.set_threshold(*before)


class Ring:
    def __init__(self):
        self.itself = self


@pytest.mark.usefixtures("settings")
def test_what_stands_at_the_start_is_looked_at_no_more_and_later_rings_still_go():
    machine.look_for_garbage_less_often()
    standing = len(gc.get_objects())
    assert gc.get_freeze_count() > 50 * standing
    ring = weakref.ref(Ring())
    assert ring() is not None
    kept = [[] for _ in range(2 * machine.GARBAGE_AFTER[0])]
    assert ring() is None, f"{len(kept)} lists were made without a look for garbage"
