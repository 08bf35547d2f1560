"""`AgilentGPActuator`: on which cards it switches, and on which it does not."""

import pytest

from hardware.agilent_34970a.simulator import CARD_34901A, CARD_34903A
from hardware.errors import DeviceRefused, NotSent
from hardware.simulation import serve_tcp
from tests.hardware.agilent_34970a.heard import Heard

BOTH = {1: CARD_34903A, 3: CARD_34901A}


@pytest.mark.parametrize(
    ("card", "found"), [(CARD_34901A, "a 34901A"), (("34908A", 40), "a 34908A"), (("34907A", 20), "a 34907A")]
)
def test_a_card_that_is_none_for_valves_is_not_used(rigs, serve, card, found):
    rig = rigs(serve, Heard({1: card}))
    for use in (lambda: rig.driver.set("101", True), rig.driver.read_all):
        with pytest.raises(NotSent, match=f"slot 1 has {found}, not a 34903A: no valve on it"):
            use()
    assert rig.far_end.moves == 0


def test_the_card_of_each_channel_is_looked_at(rigs):
    rig = rigs(serve_tcp, Heard(BOTH), ("101", "310"))
    with pytest.raises(NotSent, match="slot 3 has a 34901A"):
        rig.driver.set("101", True)


def test_a_slot_said_to_have_a_multiplexer_has_one(rigs):
    rig = rigs(serve_tcp, Heard(BOTH), multiplexer_cards=[1])
    with pytest.raises(NotSent, match="slot 1 has a 34903A, not a 34901A"):
        rig.driver.read_all()


def test_relays_of_a_multiplexer_are_used_where_its_file_says_so_and_nobody_scans_it(rigs, serve):
    rig = rigs(serve, Heard(BOTH), ("101", "310"), multiplexer_cards=[3])
    rig.driver.set("310", True)
    assert rig.driver.read_all() == {"101": False, "310": True}


def test_what_is_scanned_since_the_link_was_opened_is_not_switched(rigs, serve):
    rig = rigs(serve, Heard(BOTH), ("101", "310"), multiplexer_cards=[3])
    rig.driver.set("310", False)
    rig.far_end.scanner.scan_list = ["303"]
    with pytest.raises(DeviceRefused, match="slot 3 is in the scan list, and a scan opens all relays of its card"):
        rig.driver.set("310", True)
    assert rig.far_end.moves == 0
    rig.driver.set("101", True)  # the other card is not scanned
    rig.far_end.scanner.scan_list = []
    rig.driver.set("310", True)
    assert rig.far_end.relays["310"]
    assert rig.handle.opened == 1
