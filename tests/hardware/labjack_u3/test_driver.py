"""`U3Actuator` on a simulated U3: its hazards, one by one."""

import pytest
import structlog
from pydantic import ValidationError

from hardware.catalog import find
from hardware.errors import BadChannel, BadReply, DeviceRefused, LinkDown, NotSent
from hardware.labjack_u3.driver import U3Actuator, U3ActuatorSettings
from hardware.labjack_u3.simulator import U3Simulator
from tests.hardware.bench import on_a_library

KEYS = {"name": "u3", "klass": "U3Actuator", "valve_opens_when": "relay_closed", "energised_when": "low"}


@pytest.fixture
def make(request):
    return on_a_library(request, U3Actuator, KEYS, ("FIO4", "EIO0"))


@pytest.fixture
def simulator():
    return U3Simulator()


def test_it_is_in_the_catalog():
    assert find("U3Actuator") is U3Actuator


def test_making_it_opens_nothing(make, simulator):
    make(simulator)
    assert simulator.asked == []


@pytest.mark.parametrize("level", ["low", "high"])
def test_the_level_that_energises_is_the_files(make, level):
    simulator = U3Simulator(level)
    actuator = make(simulator, energised_when=level)
    assert actuator.read_all() == {"FIO4": False, "EIO0": False}
    actuator.set("EIO0", True)
    assert simulator.asked[-1] == f"write EIO0 {int(level == 'high')}"
    assert actuator.read_all() == {"FIO4": False, "EIO0": True}
    actuator.set("EIO0", False)
    assert simulator.asked[-2:] == ["look", f"write EIO0 {int(level == 'low')}"]
    assert actuator.read("EIO0") is False


def test_looking_makes_no_output_and_no_input(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    assert simulator.outputs == set()
    actuator.set("FIO4", True)
    actuator.read("FIO4")
    actuator.read("EIO0")
    actuator.identify()
    assert simulator.outputs == {"FIO4"}
    assert set(simulator.asked) == {"look", "write FIO4 0"}


def test_all_channels_are_read_with_one_question(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    del simulator.asked[:]
    actuator.read_all()
    assert simulator.asked == ["look"]


def test_it_says_who_it_is_and_what_it_does_not_drive(make, simulator):
    actuator = make(simulator)
    assert actuator.identify() == "U3-LV 320000001, not driven yet: FIO4, EIO0"
    actuator.read_all()
    actuator.set("FIO4", False)
    actuator.set("EIO0", False)
    assert actuator.identify() == "U3-LV 320000001"


def test_what_is_not_driven_is_logged_once_for_each_opening(make, simulator):
    actuator = make(simulator)
    with structlog.testing.capture_logs() as logs:
        actuator.read_all()
        actuator.read_all()
    assert [line["channels"] for line in logs if line["event"] == "device.not_driven"] == [["FIO4", "EIO0"]]


def test_nothing_is_switched_before_it_has_been_read(make, simulator):
    actuator = make(simulator)
    with pytest.raises(NotSent, match="it has to be read first"):
        actuator.set("FIO4", True)
    actuator.read("FIO4")
    with pytest.raises(NotSent, match="it has to be read first"):
        actuator.set("FIO4", True)
    assert simulator.moves == 0
    actuator.read_all()
    actuator.set("FIO4", True)
    assert simulator.moves == 1


def test_pulled_out_and_in_it_is_read_before_it_is_told_anything(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    simulator.disconnect()
    with pytest.raises(LinkDown, match=r"^u3: LabJackException: Could only write 0 of 10 bytes\.$"):
        actuator.read("FIO4")
    with pytest.raises(NotSent, match="it has to be read first"):
        actuator.set("FIO4", True)
    assert actuator.read_all() == {"FIO4": False, "EIO0": False}
    actuator.set("FIO4", True)
    assert actuator.held.opened == 2


def test_a_command_on_a_dead_link_is_an_unknown_outcome(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    simulator.disconnect()
    with pytest.raises(LinkDown):
        actuator.set("FIO4", True)
    assert simulator.moves == 0


def test_a_new_actor_goes_on_with_what_is_open(make, simulator):
    first = make(simulator)
    first.read_all()
    second = make(simulator)
    second.set("FIO4", True)
    assert second.held.opened == 1
    with pytest.raises(NotSent, match="a new actor has taken the device over"):
        first.set("FIO4", False)
    assert simulator.relays["FIO4"]


def test_an_analog_input_is_refused_and_not_changed(make, simulator):
    simulator.analog |= {"EIO0", "FIO0"}
    actuator = make(simulator)
    with pytest.raises(NotSent, match="EIO0 of U3-LV 320000001: an analog input switches nothing; make it digital"):
        actuator.read_all()
    assert simulator.asked == []
    assert simulator.made[0].closed
    simulator.analog.remove("EIO0")  # FIO0 is nobody's channel here
    assert actuator.read_all() == {"FIO4": False, "EIO0": False}


def test_a_line_that_does_not_become_an_output_is_no_success(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    simulator.analog.add("FIO4")
    with pytest.raises(BadReply, match="FIO4 has not become an output"):
        actuator.set("FIO4", True)


@pytest.mark.parametrize("level", ["low", "high"])
def test_a_line_that_is_held_at_the_other_level_is_no_success(make, level):
    simulator = U3Simulator(level)
    actuator = make(simulator, energised_when=level)
    actuator.read_all()
    simulator.faults.stuck.add("FIO4")
    other = "high" if level == "low" else "low"
    with pytest.raises(DeviceRefused, match=f"FIO4 was driven {level}, and is {other}"):
        actuator.set("FIO4", True)
    assert actuator.held.opened == 1


def test_a_file_that_names_another_one_takes_over_nothing(make):
    first, second = U3Simulator(), U3Simulator()
    make(first, serial=1).read_all()
    actuator = make(second, serial=2)
    actuator.read_all()
    actuator.set("FIO4", True)
    assert (first.relays["FIO4"], second.relays["FIO4"]) == (False, True)


def test_what_the_device_refuses_is_told_in_its_words_and_it_stays_open(make, simulator):
    actuator = make(simulator)
    actuator.read_all()
    simulator.refuses = "This Feedback Command returned an error"
    with pytest.raises(DeviceRefused, match=r"^u3: This Feedback Command returned an error"):
        actuator.set("FIO4", True)
    simulator.refuses = ""
    actuator.set("FIO4", True)
    assert actuator.held.opened == 1


def test_a_guard_that_objects_prevents_the_write(make, simulator):
    actuator = make(simulator)
    actuator.read_all()

    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), actuator.held.guarded(too_late):
        actuator.set("FIO4", True)
    assert simulator.moves == 0


def test_simulated_it_needs_no_u3(make):
    actuator = make(simulate=True)
    assert actuator.read_all() == {"FIO4": False, "EIO0": False}
    actuator.set("FIO4", True)
    assert actuator.read_all() == {"FIO4": True, "EIO0": False}


@pytest.mark.parametrize("level", ["low", "high"])
def test_simulated_its_relays_begin_released(make, level):
    assert not any(make(simulate=True, energised_when=level).read_all().values())


def test_a_channel_that_it_does_not_have_is_refused_before_anything_is_sent(make, simulator):
    with pytest.raises(BadChannel):
        make(simulator, channels=("4",))
    actuator = make(simulator)
    for use in (lambda: actuator.set("FIO9", True), lambda: actuator.read("4")):
        with pytest.raises(BadChannel):
            use()
    assert simulator.asked == []


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"energised_when": "on"}, "'high' or 'low'"),
        ({"energised_when": None}, "energised_when"),
        ({"serial": 0}, "greater than or equal to 1"),
        ({"serial": "320000001"}, "valid integer"),
        ({"port": "usb"}, "it has no port: leave this key out"),
        ({"port": "tcp://192.168.1.60:502"}, "it has no port: leave this key out"),
        ({"local_id": 1}, "Extra inputs"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(keys, text):
    with pytest.raises(ValidationError, match=text):
        U3ActuatorSettings.model_validate({**KEYS, **keys})


def test_which_level_energises_is_never_guessed():
    with pytest.raises(ValidationError, match="energised_when"):
        U3ActuatorSettings.model_validate({key: KEYS[key] for key in KEYS if key != "energised_when"})
