"""What switches a Eurotherm's heater off and on, whatever it speaks. Derive a test class from it; it takes a `rig`."""


class OffAndOn:
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
