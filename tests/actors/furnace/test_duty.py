"""What a furnace has to do is on the disk: it outlives the process."""

import json
import threading

import pytest

from actors.furnace import DUTY
from actors.messages import Kind, Reason
from tests.actors.furnace.bench import Controller, Rig
from tests.actors.house import until


@pytest.fixture
def file(tmp_path):
    return tmp_path / "state" / "furnace.json"


@pytest.fixture
def life(house, quick, file):  # noqa: ARG001
    """Begin a life of the process: nothing is left of an earlier one but the file."""

    def begin(controller):
        if house.ref("furnace") is not None:
            house.stop("furnace")
            house.stop("chronicle")
        house.context.facts.pop(DUTY, None)
        return Rig(house, controller, file=file)

    return begin


def kept(file):
    return json.loads(file.read_text(encoding="utf-8"))


def test_a_trip_outlives_the_process(life):
    controller = Controller()
    rig = life(controller)
    rig.news()
    controller.temperature_c = 1600.0
    rig.trips("over-temperature")
    controller.temperature_c = 400.0
    controller.power_cycle()
    again = life(controller)
    assert "over-temperature" in again.news("alarm.furnace").extra["text"]
    assert again.ask("SetSetpoint", "500").reason is Reason.LATCHED
    until(lambda: not controller.heats, "the heater was off again")
    assert again.ask("ResetTrip").text == "OK"
    assert life(controller).ask("SetSetpoint", "500").kind is Kind.DONE


def test_that_it_may_heat_is_on_the_disk_before_it_does(life, file):
    controller, seen = Controller(), []
    controller.setpoint_c = controller.output = 0.0
    rig = life(controller)
    set_setpoint = controller.set_setpoint_c

    def heats(setpoint_c):
        seen.append(kept(file)["may_heat"])
        set_setpoint(setpoint_c)

    controller.set_setpoint_c = heats
    rig.ask("SetSetpoint", "800")
    assert seen == [True]


def test_a_disk_that_hangs_does_not_hold_up_the_heater(life, monkeypatch):
    controller = Controller()
    rig = life(controller)
    rig.news()
    release = threading.Event()
    monkeypatch.setattr("actors.furnace_duty.os.fsync", lambda _fd: release.wait(10))
    controller.temperature_c = 1600.0
    until(lambda: not controller.heats, "the heater was off")
    release.set()
    rig.trips("over-temperature")


def test_that_the_disk_takes_nothing_is_told_once(life, file, logs):
    file.parent.write_text("no folder", encoding="utf-8")
    rig = life(Controller())
    logs.wait_for("furnace.duty_not_kept")
    rig.ask("SetSetpoint", "800")
    rig.looked(5)
    assert logs.named("furnace.duty_not_kept") == []


def test_a_ramp_does_not_and_is_a_trip(life, file):
    controller = Controller()
    assert life(controller).ask("StartRamp", "1400", "1").kind is Kind.DONE
    assert kept(file)["ramp"] == {"to_c": 1400.0, "soak_s": None}
    again = life(controller)
    again.trips("the program ended during a ramp to 1400 C")


def test_that_it_may_be_heating_is_kept_as_it_is_found(life, file):
    life(Controller()).looked()
    until(lambda: kept(file)["may_heat"], "it was found hot")


def test_what_has_not_changed_is_not_written_again(life, file):
    rig = life(Controller())
    rig.ask("SetSetpoint", "800")
    rig.looked()
    before = file.stat().st_ino
    rig.looked(5)
    assert file.stat().st_ino == before


def test_a_set_point_that_was_held_is_held(life):
    controller = Controller()
    life(controller).ask("SetSetpoint", "800")
    again = life(controller)
    again.looked(5)
    assert (again.ask("GetTrip").text, controller.setpoint_c) == ("none", 800.0)


def test_off_that_was_never_reached_is_still_owed(life):
    controller = Controller()
    controller.stays_on = RuntimeError("a bug")
    rig = life(controller)
    rig.controller.temperature_c = 1600.0
    rig.news("alarm.furnace_heater")
    controller.stays_on = None
    controller.temperature_c = 400.0
    life(controller)
    until(lambda: not controller.heats, "the heater was off")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"tripped": ""}', '{"tripped":"","owed":"","may_heat":0,"ramp":5}'])
def test_a_file_that_cannot_be_read_is_a_trip(life, file, text):
    file.parent.mkdir()
    file.write_text(text, encoding="utf-8")
    life(Controller()).trips("what it had to do cannot be read")


def test_what_the_disk_did_not_take_is_written_as_soon_as_it_does(life, file, logs):
    file.parent.write_text("no folder", encoding="utf-8")
    life(Controller())
    logs.wait_for("furnace.duty_not_kept")
    file.parent.unlink()
    until(file.exists, "it was written")


def test_a_disk_that_takes_nothing_is_told_and_the_furnace_obeys(life, file, logs):
    file.parent.write_text("no folder", encoding="utf-8")
    rig = life(Controller())
    assert rig.ask("SetSetpoint", "800").kind is Kind.DONE
    assert logs.wait_for("furnace.duty_not_kept")["file"] == str(file)
