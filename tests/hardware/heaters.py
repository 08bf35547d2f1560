"""What switches a Eurotherm's heater off and on, whatever it speaks. Derive a test class from it; it takes `rigs`."""

import pytest

from hardware.errors import BadReply, DeviceRefused


class OffAndOn:
    """`refused`: what is said where it does not take a set-point of -10 C."""

    refused = "refused"

    def test_off_in_automatic_it_is_never_put_into_manual(self, rig):
        rig.driver.set_setpoint_c(800.0)
        rig.far_end.furnace.advance(600.0)
        rig.driver.heater_off()
        furnace = rig.far_end.furnace
        assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("auto", 0.0, 0.0)

    def test_off_in_manual_its_output_is_put_to_nothing_and_on_is_automatic(self, rig):
        furnace = rig.far_end.furnace
        furnace.mode, furnace.manual_percent = "manual", 40.0
        rig.driver.heater_off()
        assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("manual", 0.0, 0.0)
        rig.driver.set_setpoint_c(800.0)
        assert rig.driver.read_output_percent() == 0.0
        rig.driver.heater_on()
        assert furnace.mode == "auto"
        assert rig.driver.read_output_percent() == 100.0

    def test_a_set_point_that_it_refuses_leaves_no_output_on(self, rigs, serve):
        rig = rigs(serve, setpoint_min=-10.0)
        furnace = rig.far_end.furnace
        furnace.mode, furnace.manual_percent = "manual", 80.0
        with pytest.raises(DeviceRefused, match=f"{self.refused}[^;]*$"):
            rig.driver.heater_off()
        assert furnace.output_percent == 0.0

    def test_an_output_that_goes_on_is_told(self, rig):
        rig.far_end.furnace.faults.hung_output_percent = 40.0
        with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
            rig.driver.heater_off()

    def test_it_is_told_beside_what_else_went_wrong(self, rigs, serve):
        rig = rigs(serve, setpoint_min=-10.0)
        rig.far_end.furnace.faults.hung_output_percent = 40.0
        with pytest.raises(DeviceRefused, match=f"{self.refused}.*; it was told to stop heating"):
            rig.driver.heater_off()

    def test_one_that_cools_is_off(self, rig):
        rig.far_end.furnace.faults.hung_output_percent = -30.0
        rig.driver.heater_off()
        assert rig.driver.read_output_percent() == -30.0

    def test_what_is_no_output_is_a_bad_reply_and_not_off(self, rig):
        rig.far_end.furnace.faults.hung_output_percent = -120.0
        for call in (rig.driver.heater_off, rig.driver.read_output_percent):
            with pytest.raises(BadReply, match="its output is -120 %: expected -100 to 100 %"):
                call()

    def test_a_set_point_that_it_keeps_by_chance_is_none(self, rig):
        rig.far_end.faults.stuck |= {"SL", "2"}
        with pytest.raises(DeviceRefused, match=r"set-point 22\.9 C was [a-z]+, and it kept 22"):
            rig.driver.set_setpoint_c(22.9)

    def test_its_band_is_in_what_its_file_says(self, rigs, serve):
        assert rigs(serve).driver.proportional_units == "C"
        assert rigs(serve, proportional_units="%").driver.proportional_units == "%"


class Unsure:
    """One that cannot say whether it is in manual, and is. A class gives the fixture `without`: the keys for that."""

    output = ""  # what `stuck` calls its output

    @pytest.fixture
    def unsure(self, rigs, serve, without):
        rig = rigs(serve, **without)
        rig.far_end.furnace.mode, rig.far_end.furnace.manual_percent = "manual", 40.0
        return rig

    def test_its_output_is_put_to_nothing(self, unsure):
        unsure.driver.heater_off()
        furnace = unsure.far_end.furnace
        assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("manual", 0.0, 0.0)

    def test_a_heater_that_goes_on_in_manual_is_told(self, unsure):
        unsure.far_end.faults.stuck.add(self.output)
        with pytest.raises(DeviceRefused, match="told to stop heating, and its output is still 40 %"):
            unsure.driver.heater_off()
        assert unsure.far_end.furnace.setpoint_c == 0.0

    def test_in_automatic_it_refuses_an_output_and_is_off_all_the_same(self, unsure):
        furnace = unsure.far_end.furnace
        furnace.mode, furnace.setpoint_c = "auto", 800.0
        unsure.driver.heater_off()
        assert (furnace.mode, furnace.setpoint_c, furnace.output_percent) == ("auto", 0.0, 0.0)
