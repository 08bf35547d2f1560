"""`Eurotherm`: its heater off and on, in automatic and in manual."""

import pytest

from hardware.errors import DeviceRefused
from tests.hardware.eurotherm_2000.messages import ask, frame
from tests.hardware.heaters import OffAndOn, Unsure

LOW, NOTHING, AUTOMATIC = (b"\x040011" + frame(text) for text in (b"SL0.0", b"OP0.0", b"mA0"))
OFF = {ask(b"SL"): frame(b"SL0.0"), ask(b"OP"): frame(b"OP0.0"), LOW: b"\x06", NOTHING: b"\x06"}


class TestOffAndOn(OffAndOn):
    refused = "set-point -10 C refused: the value is over a limit"


class TestUnsure(Unsure):
    output = "OP"

    @pytest.fixture(params=["", "zz"], ids=["no mnemonic", "a wrong one"])
    def without(self, request):
        return {"auto_manual": request.param}


def test_on_with_a_mnemonic_that_it_does_not_know_is_no_success(rigs, serve):
    rig = rigs(serve, auto_manual="zz")
    with pytest.raises(DeviceRefused, match="does not know the parameter zz that its file has as auto_manual: nobody"):
        rig.driver.heater_on()


def test_on_without_a_mnemonic_it_stays_in_manual(rigs, serve):
    rig = rigs(serve, auto_manual="")
    rig.far_end.furnace.mode = "manual"
    rig.driver.heater_on()
    assert rig.far_end.furnace.mode == "manual"


def test_off_and_on_in_manual_are_these_bytes(scripted):
    on = scripted(OFF | {ask(b"mA"): frame(b"mA1"), AUTOMATIC: b"\x06"})
    on.driver.heater_off()
    written = [data for data in on.far_end.heard if b"\x02" in data]
    assert written == [LOW, NOTHING]
    with pytest.raises(DeviceRefused, match="automatic was acknowledged, and it kept 1"):
        on.driver.heater_on()
    assert on.far_end.heard[-2:] == [AUTOMATIC, ask(b"mA")]


@pytest.mark.parametrize(("told", "written"), [(b"mA2", [LOW, NOTHING]), (b"mA0", [LOW])])
def test_whatever_is_not_0_is_manual(scripted, told, written):
    on = scripted(OFF | {ask(b"mA"): frame(told)})
    on.driver.heater_off()
    assert [data for data in on.far_end.heard if b"\x02" in data] == written
