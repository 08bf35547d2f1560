"""`Eurotherm`: its heater off and on, in automatic and in manual."""

import pytest

from hardware.errors import DeviceRefused
from tests.hardware.eurotherm_2000.messages import ask, frame
from tests.hardware.heaters import OffAndOn


class TestOffAndOn(OffAndOn):
    pass


@pytest.mark.parametrize("auto_manual", ["", "zz"])
def test_a_heater_that_goes_on_in_manual_is_told_where_the_mnemonic_is_not_known(rigs, serve, auto_manual):
    rig = rigs(serve, auto_manual=auto_manual)
    furnace = rig.far_end.furnace
    furnace.mode, furnace.manual_percent = "manual", 40.0
    with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
        rig.driver.heater_off()
    assert furnace.setpoint_c == 0.0


def test_off_and_on_in_manual_are_these_bytes(scripted):
    low, nothing = b"\x040011" + frame(b"SL0.0"), b"\x040011" + frame(b"OP0.0")
    automatic = b"\x040011" + frame(b"mA0")
    answers = {ask(b"SL"): frame(b"SL0.0"), ask(b"OP"): frame(b"OP0.0"), ask(b"mA"): frame(b"mA1")}
    on = scripted(answers | {low: b"\x06", nothing: b"\x06", automatic: b"\x06"})
    on.driver.heater_off()
    written = [data for data in on.far_end.heard if b"\x02" in data]
    assert written == [low, nothing]
    with pytest.raises(DeviceRefused, match="automatic was acknowledged, and it kept 1"):
        on.driver.heater_on()
    assert on.far_end.heard[-2:] == [automatic, ask(b"mA")]
