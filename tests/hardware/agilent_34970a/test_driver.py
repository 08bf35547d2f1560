"""`AgilentGPActuator`: its relays, and what is on the wire."""

import pytest

from hardware.agilent_34970a.driver import AgilentGPActuator
from hardware.agilent_34970a.simulator import CARD_34903A, Agilent34970aSimulator
from hardware.errors import BadChannel, DeviceRefused, NotSent
from hardware.simulation import serve_pty, serve_tcp
from tests.hardware.agilent_34970a.heard import Heard


def test_energising_closes_the_relay_and_releasing_opens_it(rig):
    rig.driver.set("101", True)
    assert (rig.driver.read("101"), rig.far_end.relays["101"]) == (True, True)
    rig.driver.set("101", False)
    assert (rig.driver.read("101"), rig.far_end.relays["101"]) == (False, False)


def test_setting_again_does_not_move_the_relay(rig):
    rig.driver.set("101", True)
    rig.driver.set("101", True)
    assert rig.far_end.moves == 1


def test_all_channels_are_read_with_one_question(rig):
    rig.driver.set("102", True)
    del rig.far_end.lines[:]
    assert rig.driver.read_all() == {"101": False, "102": True, "103": False}
    assert rig.far_end.lines == ["ROUT:CLOS? (@101:103)"]


def test_channels_of_several_cards_keep_their_states_apart(rigs, serve):
    simulator = Agilent34970aSimulator({1: CARD_34903A, 2: CARD_34903A})
    actuator = rigs(serve, simulator, ["201", "120", "101", "119"]).driver
    actuator.set("120", True)
    assert actuator.read_all() == {"101": False, "119": False, "120": True, "201": False}


def test_without_channels_nothing_is_asked(rigs, serve):
    rig = rigs(serve, channels=())
    assert rig.driver.read_all() == {}
    assert rig.handle.opened == 0


def test_over_tcp_the_wire_carries_exactly_this(rigs):
    rig = rigs(serve_tcp)
    rig.driver.set("101", True)
    rig.driver.read("101")
    assert rig.far_end.lines == [
        *["SYST:ERR?", "ROUT:CLOS? (@101:104)", "SYST:ERR?", "SYST:CTYP? 100"],  # once, when the link is opened
        *["ROUT:CLOS (@101)", "SYST:ERR?"],
        *["ROUT:CLOS? (@101)"],
    ]


def test_over_rs232_it_asks_for_remote_mode_after_each_opening(rigs):
    rig = rigs(serve_pty)
    rig.driver.set("101", True)
    assert rig.far_end.lines[:2] == ["SYST:REM", "SYST:ERR?"]
    del rig.far_end.lines[:]
    rig.handle.drop()
    rig.driver.read("101")
    greeting = ["SYST:REM", "SYST:ERR?", "ROUT:CLOS? (@101:105)", "SYST:ERR?", "SYST:CTYP? 100"]
    assert rig.far_end.lines == [*greeting, "ROUT:CLOS? (@101)"]


def test_opening_the_link_again_moves_nothing(rig):
    rig.driver.set("101", True)
    rig.handle.drop()
    assert rig.driver.read("101")
    assert rig.far_end.moves == 1


def test_it_says_who_it_is(rig):
    assert "3497" in rig.driver.identify()


def test_errors_left_behind_by_others_are_not_blamed_on_our_command(rig):
    for wire in ("tcp", "serial"):
        for _ in range(30):
            rig.far_end.report(wire, (-113, "Undefined header"))
    rig.driver.set("101", True)
    assert rig.far_end.relays["101"]


def test_the_devices_own_error_is_told_in_its_words(rigs, serve):
    rig = rigs(serve)
    with pytest.raises(DeviceRefused, match=r"^relay-1: \+302 No module was detected in this slot$"):
        rig.driver.set("201", True)
    assert rig.far_end.moves == 0
    rig.driver.set("101", True)  # the queue is empty again, and the link still open
    assert rig.handle.opened == 1


def test_a_missing_card_is_named_from_the_second_try_on(rigs, serve):
    rig = rigs(serve, channels=("201",), timeout_s=0.05)
    with pytest.raises(NotSent, match="no answer"):
        rig.driver.read("201")
    with pytest.raises(NotSent, match=r"\+302 No module was detected in this slot"):
        rig.driver.read("201")


def test_channels_that_no_card_has_are_refused_before_anything_is_sent(rig):
    with pytest.raises(BadChannel):
        rig.driver.set("121", True)
    with pytest.raises(BadChannel):
        rig.driver.read("A")
    with pytest.raises(BadChannel):
        AgilentGPActuator(rig.driver.settings, rig.exchange, ["101", "400"])
    assert rig.handle.opened == 0


def test_no_line_is_longer_than_what_rs232_takes_without_flow_control(rigs, serve):
    channels = [f"{slot}{relay:02d}" for slot in (1, 2, 3) for relay in range(1, 20, 2)]
    rig = rigs(serve, Heard(dict.fromkeys((1, 2, 3), CARD_34903A)), channels)
    for channel in channels[::3]:
        rig.far_end.relays[channel] = True
    assert rig.driver.read_all() == {channel: rig.far_end.relays[channel] for channel in channels}
    assert 100 < max(len(f"{line}\n") for line in rig.far_end.lines) <= 128


def test_put_into_local_mode_it_is_told_anew_to_be_remote(rigs):
    rig = rigs(serve_pty)
    rig.driver.read_all()
    rig.far_end.talks[-1].feed(b"SYST:LOC\n")
    with pytest.raises(DeviceRefused, match=r"\+550 Command not allowed in local mode"):
        rig.driver.set("101", True)
    assert rig.far_end.moves == 0
    rig.driver.set("101", True)
    assert rig.far_end.relays["101"]
    assert rig.handle.opened == 2
