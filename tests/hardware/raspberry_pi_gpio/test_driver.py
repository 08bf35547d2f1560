"""`RPiGPIO` on simulated pins: its hazards, one by one."""

import pytest
import structlog
from pydantic import ValidationError

from hardware.catalog import find
from hardware.errors import BadChannel, BadReply, DeviceRefused, LinkDown, NotSent
from hardware.raspberry_pi_gpio.driver import RPiGPIO, RPiGPIOSettings
from hardware.raspberry_pi_gpio.simulator import GpioSimulator
from tests.hardware.bench import on_a_library

KEYS = {"name": "pins", "klass": "RPiGPIO", "valve_opens_when": "relay_open", "energised_when": "low"}


@pytest.fixture
def make(request):
    return on_a_library(request, RPiGPIO, KEYS, ("17", "27"))


@pytest.fixture
def simulator():
    return GpioSimulator()


def test_it_is_in_the_catalog():
    assert find("RPiGPIO") is RPiGPIO


def test_making_it_touches_no_pin(make, simulator):
    make(simulator)
    assert simulator.asked == []


@pytest.mark.parametrize(("level", "high"), [("low", 0), ("high", 1)])
def test_the_level_that_energises_is_the_files(make, level, high):
    simulator = GpioSimulator(level)
    relays = make(simulator, energised_when=level)
    assert relays.read_all() == {"17": False, "27": False}
    relays.set("17", True)
    assert f"drive 17 {high}" in simulator.asked
    assert relays.read_all() == {"17": True, "27": False}
    relays.set("17", False)
    assert f"drive 17 {1 - high}" in simulator.asked
    assert relays.read("17") is False


def test_looking_drives_nothing(make, simulator):
    relays = make(simulator)
    relays.read_all()
    relays.read("17")
    relays.identify()
    assert set(simulator.asked) == {"look 17", "look 27"}
    assert simulator.outputs == set()


def test_a_restart_finds_the_relays_as_they_are(make, simulator):
    simulator.relays["17"] = True
    simulator.outputs.add("17")
    relays = make(simulator)
    assert relays.read_all() == {"17": True, "27": False}
    assert simulator.moves == 0


def test_nothing_is_switched_before_it_has_been_read(make, simulator):
    relays = make(simulator)
    with pytest.raises(NotSent, match=r"^pins: nobody has looked at it .* it has to be read first$"):
        relays.set("17", True)
    assert simulator.moves == 0
    relays.read_all()
    relays.set("17", True)
    assert simulator.moves == 1


def test_a_new_actor_closes_nothing(make, simulator):
    first = make(simulator)
    first.read_all()
    first.set("17", True)
    second = make(simulator)
    assert second.read_all() == {"17": True, "27": False}
    with pytest.raises(NotSent, match="a new actor has taken the device over"):
        first.set("17", False)
    assert "close" not in simulator.asked
    assert simulator.moves == 1


def test_what_is_not_driven_is_logged_and_said(make, simulator):
    relays = make(simulator)
    with structlog.testing.capture_logs() as logs:
        relays.read_all()
    assert [line["channels"] for line in logs if line["event"] == "device.not_driven"] == [["17", "27"]]
    relays.set("17", False)
    assert relays.identify() == "Raspberry Pi, simulated, not driven yet: 27"
    relays.set("27", False)
    assert relays.identify() == "Raspberry Pi, simulated"


def test_a_pin_that_does_not_become_an_output_is_no_success(make, simulator):
    relays = make(simulator)
    relays.read_all()
    simulator.drive = lambda _pin, _high: None
    with pytest.raises(BadReply, match="17 has not become an output"):
        relays.set("17", True)


@pytest.mark.parametrize("energised", [True, False])
def test_a_level_that_the_kernel_did_not_take_is_no_success(make, simulator, energised):
    relays = make(simulator)
    relays.read_all()
    relays.set("17", not energised)
    simulator.faults.stuck.add("17")
    driven, stays = ("low", "high") if energised else ("high", "low")
    with pytest.raises(DeviceRefused, match=f"17 was driven {driven}, and is {stays}"):
        relays.set("17", energised)


def test_a_file_that_names_another_chip_takes_over_nothing(make):
    first, second = GpioSimulator(), GpioSimulator()
    make(first, chip=0).read_all()
    relays = make(second, chip=4)
    relays.read_all()
    relays.set("17", True)
    assert (first.relays["17"], second.relays["17"]) == (False, True)


def test_a_library_that_fails_leaves_the_outcome_unknown_and_is_asked_anew(make, simulator):
    relays = make(simulator)
    relays.read_all()

    def fail(_pin, _high):
        raise LinkDown("error: GPIO busy")

    simulator.drive = fail
    with pytest.raises(LinkDown, match=r"^pins: error: GPIO busy$"):
        relays.set("17", True)
    del simulator.drive
    assert relays.read_all() == {"17": False, "27": False}
    relays.set("17", True)
    assert simulator.moves == 1


def test_a_guard_that_objects_prevents_the_write(make, simulator):
    relays = make(simulator)
    relays.read_all()

    def too_late():
        raise TimeoutError

    with pytest.raises(TimeoutError), relays.held.guarded(too_late):
        relays.set("17", True)
    assert simulator.moves == 0


@pytest.mark.parametrize("level", ["low", "high"])
def test_simulated_it_needs_no_raspberry_pi(make, level):
    relays = make(simulate=True, energised_when=level)
    assert relays.read_all() == {"17": False, "27": False}
    relays.set("17", True)
    assert relays.read_all() == {"17": True, "27": False}


def test_a_pin_that_it_does_not_have_is_refused_before_anything_is_touched(make, simulator):
    with pytest.raises(BadChannel):
        make(simulator, channels=("28",))
    relays = make(simulator)
    for use in (lambda: relays.set("1", True), lambda: relays.read("GPIO17")):
        with pytest.raises(BadChannel):
            use()
    assert simulator.asked == []


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"energised_when": True}, "'high' or 'low'"),
        ({"chip": -1}, "greater than or equal to 0"),
        ({"port": "gpio"}, "it has no port: leave this key out"),
        ({"port": "serial:///dev/ttyUSB0"}, "it has no port: leave this key out"),
        ({"active_high": True}, "Extra inputs"),
    ],
)
def test_a_wrong_file_says_what_is_wrong(keys, text):
    with pytest.raises(ValidationError, match=text):
        RPiGPIOSettings.model_validate({**KEYS, **keys})


def test_which_level_energises_is_never_guessed():
    with pytest.raises(ValidationError, match="energised_when"):
        RPiGPIOSettings.model_validate({key: KEYS[key] for key in KEYS if key != "energised_when"})
