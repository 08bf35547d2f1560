"""`AgilentGPActuator`: an instrument that lies, is late, silent, damaged or gone."""

import pytest

from hardware.errors import BadReply, LinkDown, NoAnswer, NotSent
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.fakes import Caller


def eventually(call):
    """Try until a device that was slow has caught up."""
    for _ in range(200):
        try:
            return call()
        except (NotSent, NoAnswer):
            continue
    pytest.fail("it never caught up")


def test_a_stuck_relay_shows_in_the_readback(rig):
    rig.far_end.faults.stuck.add("101")
    rig.driver.set("101", True)
    assert rig.driver.read("101") is False


def test_a_lying_readback_is_what_the_driver_reports(rig):
    rig.far_end.faults.lie.add("101")
    rig.driver.set("101", True)
    assert rig.driver.read("101") is False


def test_a_mute_device_is_no_answer_and_works_again_later(impatient):
    impatient.far_end.faults.mute = True
    with pytest.raises(NoAnswer, match=r"SYST:ERR"):
        impatient.driver.set("101", True)
    with pytest.raises(NotSent, match="when the link was opened"):
        impatient.driver.set("101", True)
    impatient.far_end.faults.mute = False
    assert impatient.driver.read("101")


def test_a_garbled_answer_is_a_bad_reply_and_works_again_later(rig):
    rig.driver.read("101")
    rig.far_end.faults.garble = True
    with pytest.raises(BadReply):
        rig.driver.read("101")
    rig.far_end.faults.garble = False
    assert rig.driver.read("101") is False


@pytest.mark.parametrize("late_s", [0.06, 0.12])
def test_late_answers_are_never_taken_for_those_of_the_next_question(impatient, late_s):
    impatient.far_end.faults.slow_s = late_s
    with pytest.raises(NoAnswer):
        impatient.driver.read("101")
    for _ in range(4):
        with pytest.raises(NotSent):
            impatient.driver.set("101", True)
    assert impatient.far_end.moves == 0
    impatient.far_end.faults.slow_s = 0.0
    assert eventually(impatient.driver.read_all) == {"101": False, "102": False, "103": False}
    impatient.driver.set("102", True)
    assert impatient.driver.read_all() == {"101": False, "102": True, "103": False}


def test_a_device_that_hangs_up_leaves_the_outcome_unknown(rig):
    rig.driver.read("101")
    rig.far_end.faults.disconnect = True
    with pytest.raises(LinkDown):
        rig.driver.set("101", True)
    assert rig.far_end.relays["101"]


def test_a_missing_device_is_not_sent_and_found_when_it_is_back(rigs):
    rig = rigs(serve_tcp)
    rig.driver.set("101", True)
    rig.served.close()
    with pytest.raises(NotSent, match=f"^relay-1: tcp://127.0.0.1:{rig.served.port}: Connection refused$"):
        rig.driver.set("101", False)
    rig.served = serve_tcp(rig.far_end, port=rig.served.port)
    assert rig.driver.read("101")


def test_unplugging_a_serial_adapter_under_a_read_is_noticed_at_once(rigs):
    rig = rigs(serve_pty, timeout_s=30.0)
    rig.driver.read("101")
    rig.far_end.faults.slow_s = 60.0
    rig.far_end.acted.clear()
    caller = Caller(lambda: rig.driver.read("101"))
    assert rig.far_end.acted.wait(5)
    rig.served.close()
    assert isinstance(caller.end(), LinkDown)
    with pytest.raises(NotSent, match="no such port"):
        rig.driver.read("101")
