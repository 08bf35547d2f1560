"""What a look at a drive calls for: pure, from one look to the next."""

from actors.drive_motion import Jitter, Limits, Motion, Todo
from hardware.drive import DriveReading

LIMITS = Limits(0.0, 100.0, 0.5, "mm")


def seen(motion, position, now=0.0, *, moving=False, stalled=False):
    return list(motion.seen(DriveReading(position, moving, stalled), now))


def test_a_drive_that_arrives_calls_for_nothing():
    motion = Motion(LIMITS)
    motion.sent(50.0)
    assert [seen(motion, 10.0, moving=True), seen(motion, 49.6)] == [[], []]
    assert motion.target is None


def test_one_that_stops_on_its_way_is_told_once_and_told_to_be_over_when_it_goes_on():
    motion = Motion(LIMITS)
    motion.sent(50.0)
    assert seen(motion, 20.0) == [Todo(tell="it stopped at 20 mm on its way to 50 mm")]
    assert seen(motion, 20.0) == []
    assert seen(motion, 21.0, moving=True) == [Todo(tell="")]


def test_a_stall_is_told():
    motion = Motion(LIMITS)
    assert seen(motion, 20.0, stalled=True) == [Todo(tell="it has stalled at 20 mm")]
    assert seen(motion, None, stalled=True) == [Todo(tell="it has stalled at a place that it does not know")]


def test_a_drive_that_was_stopped_is_where_it_shall_be():
    motion = Motion(LIMITS)
    motion.sent(50.0)
    motion.halted()
    assert seen(motion, 20.0) == []


def test_a_slew_ends_where_it_may_not_be():
    motion = Motion(LIMITS)
    motion.slews()
    assert seen(motion, 99.0, moving=True) == []
    for _ in range(2):  # for as long as nobody has confirmed it
        assert seen(motion, 100.1, moving=True) == [Todo(halt=True)]
        assert motion.slewing
    motion.halted()
    assert not motion.slewing


def test_a_slew_that_stands_is_over():
    motion = Motion(LIMITS)
    motion.slews()
    assert seen(motion, 50.0) == []
    assert not motion.slewing


def test_what_moves_beyond_its_end_without_having_been_sent_there_is_halted():
    motion = Motion(LIMITS)
    assert seen(motion, 120.0) == []
    assert seen(motion, 120.0, moving=True) == [Todo(halt=True)]
    assert motion.slewing


def test_a_move_is_not_halted_by_where_it_is():
    motion = Motion(LIMITS)
    motion.sent(100.0)
    assert seen(motion, 100.1, moving=True) == []


def test_where_nobody_knows_where_it_is_a_slew_goes_on():
    motion = Motion(LIMITS)
    motion.slews()
    assert seen(motion, None, moving=True) == []


def test_it_goes_to_and_fro_with_its_pauses():
    motion = Motion(LIMITS)
    motion.jitters(Jitter(10.0, 0.0, 1.0, 2.0))
    assert seen(motion, 0.0, now=0.0) == []
    assert seen(motion, 0.0, now=2.0) == [Todo(go=10.0)]
    motion.sent(10.0)
    assert seen(motion, 5.0, now=2.5, moving=True) == []
    assert seen(motion, 10.0, now=3.0) == []
    assert seen(motion, 10.0, now=4.0) == [Todo(go=0.0)]


def test_trouble_ends_it():
    motion = Motion(LIMITS)
    motion.jitters(Jitter(10.0, 0.0, 0.0, 0.0))
    assert seen(motion, 5.0, stalled=True) == [Todo(tell="it has stalled at 5 mm")]
    assert motion.jitter is None
