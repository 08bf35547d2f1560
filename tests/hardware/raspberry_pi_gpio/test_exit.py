"""What happens to the pins when they are opened, and when the process ends: each test runs one of its own."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytest.importorskip("gpiozero", reason="gpiozero is not installed")

IN_PLACE = Path(__file__).parent / "in_place_of_lgpio"
ROOT = Path(__file__).parents[3]

A_PI = """
import gpiozero.pins.local
gpiozero.pins.local.get_pi_revision = lambda: 0xC04170  # a Pi 5
"""

OURS = (
    A_PI
    + """
import lgpio
from hardware.raspberry_pi_gpio import pins
from hardware.raspberry_pi_gpio.driver import RPiGPIO, RPiGPIOSettings
from hardware.raspberry_pi_gpio.kernel import Found

pins.as_found = lambda chip, pin: Found(bool(lgpio.as_found(pin)[0]), bool(lgpio.as_found(pin)[1]))
settings = RPiGPIOSettings(name="relays", klass="RPiGPIO", energised_when="low")


def life():
    return RPiGPIO(settings, None, ["17", "27"])
"""
)


@pytest.fixture
def run(tmp_path):
    """Run a program with some pins as they are; return its last line, and what happened to the pins."""

    def run(program, **stand):
        log = tmp_path / "log"
        log.write_text("")
        env = {
            **os.environ,
            "PYTHONPATH": f"{IN_PLACE}:{ROOT}",
            "IN_PLACE_OF_LGPIO": str(log),
            "PINS": json.dumps({name.removeprefix("p"): state for name, state in stand.items()}),
        }
        env.pop("GPIOZERO_PIN_FACTORY", None)
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1:], log.read_text().splitlines()

    return run


def test_gpiozero_alone_would_move_a_relay_three_times(run):
    _, happened = run(
        A_PI + "import gpiozero\nrelay = gpiozero.DigitalOutputDevice(17, active_high=False, initial_value=None)\n",
        p17=(1, 1),
    )
    assert happened == ["open 0", "17 input without pull", "17 output 0", "17 input without pull", "close"]


def test_here_an_output_is_taken_as_it_is_and_left_so(run):
    said, happened = run(OURS + "print(life().read_all())\n", p17=(1, 0), p27=(1, 1))
    assert said == ["{'17': True, '27': False}"]
    assert happened == ["open 0", "17 output 0", "27 output 1"]


def test_here_an_input_stays_one_until_it_is_switched(run):
    program = OURS + "relays = life()\nrelays.read_all()\nrelays.set('17', False)\n"
    _, happened = run(program, p17=(0, 1), p27=(0, 1))
    assert happened == ["open 0", "17 input", "27 input", "17 output 1"]


def test_what_was_switched_stays_so_when_the_process_ends(run):
    program = OURS + "relays = life()\nrelays.read_all()\nrelays.set('17', True)\nrelays.set('27', True)\n"
    _, happened = run(program, p17=(1, 1), p27=(0, 1))
    assert happened == ["open 0", "17 output 1", "27 input", "17 level 0", "27 output 0"]


def test_a_new_actor_takes_the_pins_over_as_they_are(run):
    program = OURS + (
        "import gc\nfirst = life()\nfirst.read_all()\nfirst.set('17', True)\ndel first\ngc.collect()\n"
        "second = life()\nprint(second.read_all()['17'])\nsecond.set('17', False)\n"
    )
    said, happened = run(program, p17=(1, 1), p27=(1, 1))
    assert said == ["True"]
    assert happened == ["open 0", "17 output 1", "27 output 1", "17 level 0", "17 level 1"]


def test_somebody_elses_pins_of_gpiozero_do_not_take_ours_along(run):
    program = OURS + (
        "import gpiozero\nlamp = gpiozero.LED(5)\nrelays = life()\nrelays.read_all()\nrelays.set('17', True)\n"
    )
    _, happened = run(program, p17=(1, 1), p27=(1, 1))
    assert [line for line in happened if line.startswith("17")] == ["17 output 1", "17 level 0"]
    assert happened[-2:] == ["5 input without pull", "close"]  # its own, when the process ends


def test_a_pin_that_somebody_else_made_in_this_process_is_not_kept_for_ours(run):
    program = OURS + (
        "import gpiozero\nlamp = gpiozero.LED(27)\nlife().read_all()\n"
        "print(type(pins.open_pins(None)._factory.pin('GPIO27')).__name__)\n"
    )
    said, _ = run(program, p17=(1, 1), p27=(0, 1))
    assert said == ["KeptPin"]


MOCK = """
import atexit

atexit.register(lambda: print(*[f"{pin.function}:{pin.state}" for pin in pins]))  # after gpiozero's own

import gpiozero
from gpiozero.pins.mock import MockFactory
from hardware.raspberry_pi_gpio.pins import GpiozeroPins

factory = gpiozero.Device.pin_factory = MockFactory()
pins = [factory.pin("GPIO17"), factory.pin("GPIO27")]
"""


def test_on_mock_pins_too_gpiozero_closes_its_own_and_not_ours(run):
    said, _ = run(MOCK + "GpiozeroPins(factory).drive(17, False)\ngpiozero.DigitalOutputDevice(27)\n")
    assert said == ["output:False input:False"]
