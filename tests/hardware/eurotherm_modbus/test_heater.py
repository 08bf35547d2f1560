"""`EurothermModbus`: its heater off and on, in automatic and in manual."""

import pytest

from hardware.errors import BadReply, DeviceRefused
from tests.hardware.heaters import OffAndOn, Unsure
from tests.hardware.scripted import rtu


class TestOffAndOn(OffAndOn):
    refused = "Modbus exception 3: value not allowed"


@pytest.mark.parametrize(("stuck", "act"), [("3", "heater_off"), ("273", "heater_on")])
def test_a_manual_that_stays_is_told(rig, stuck, act):
    furnace = rig.far_end.furnace
    furnace.mode, furnace.manual_percent = "manual", 40.0
    rig.far_end.faults.stuck.add(stuck)
    with pytest.raises(DeviceRefused, match=r"was confirmed, and it (kept 40|stayed in manual)"):
        getattr(rig.driver, act)()


class TestUnsure(Unsure):
    output = "3"

    @pytest.fixture(params=[1000, None], ids=["a wrong register", "no register"])
    def without(self, request):
        return {"manual_register": request.param}


def test_on_with_a_register_that_is_not_there_is_no_success(rigs, serve):
    with pytest.raises(BadReply, match="expected 0 or 1 for manual, got 23130: is this its register"):
        rigs(serve, manual_register=1000).driver.heater_on()


def test_on_without_a_register_it_stays_in_manual(rigs, serve):
    rig = rigs(serve, manual_register=None)
    rig.far_end.furnace.mode = "manual"
    rig.driver.heater_on()
    assert rig.far_end.furnace.mode == "manual"


def test_off_and_on_in_manual_are_these_bytes(scripted):
    low, nothing, automatic = rtu("02 06 00 02 00 00"), rtu("02 06 00 03 00 00"), rtu("02 06 01 F4 00 00")
    ask_manual, ask_output = rtu("02 03 01 F4 00 01"), rtu("02 03 00 03 00 01")
    answers = {each: each for each in (low, nothing, automatic)} | {ask_manual: rtu("02 03 02 00 01")}
    answers |= {rtu("02 03 80 04 00 02"): rtu("02 03 04 00 00 00 00"), ask_output: rtu("02 03 02 00 00")}
    on = scripted(answers, manual_register=500)
    on.driver.heater_off()
    assert [on.far_end.heard[0], *on.far_end.heard[2:]] == [low, ask_manual, nothing, ask_output, ask_output]
    with pytest.raises(DeviceRefused, match="automatic was confirmed, and it stayed in manual"):
        on.driver.heater_on()
    assert on.far_end.heard[-2:] == [automatic, ask_manual]
