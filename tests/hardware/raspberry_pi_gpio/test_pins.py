"""The pins by gpiozero's mock factory, and what is said where there are none."""

import sys

import pytest
import structlog

from hardware.errors import LinkDown, NotSent
from hardware.raspberry_pi_gpio import pins
from hardware.raspberry_pi_gpio.driver import RPiGPIO, RPiGPIOSettings
from hardware.raspberry_pi_gpio.kernel import Found

mock = pytest.importorskip("gpiozero.pins.mock", reason="gpiozero is not installed")


@pytest.fixture
def factory():
    return mock.MockFactory()


@pytest.fixture
def ours(factory):
    return pins.GpiozeroPins(factory)


def test_a_pin_is_read_and_stays_what_it_is(factory, ours):
    factory.pin("GPIO17").drive_high()
    assert ours.look(17) == Found(output=False, high=True)
    assert ours.look(27) == Found(output=False, high=False)
    assert factory.pin("GPIO17").function == "input"


@pytest.mark.parametrize("high", [False, True])
def test_a_pin_is_driven(factory, ours, high):
    ours.drive(17, high)
    assert ours.look(17) == Found(output=True, high=high)
    assert factory.pin("GPIO17").state is high
    ours.drive(17, not high)
    assert ours.look(17) == Found(output=True, high=not high)


def test_what_is_driven_stays_driven_whoever_closes_it(factory, ours):
    ours.drive(17, True)
    pin = factory.pin("GPIO17")
    ours.close()
    pin.close()
    factory.close()
    assert (pin.function, pin.state) == ("output", True)


def test_it_says_what_computer_it_is(ours):
    assert ours.name.startswith("Raspberry Pi ")


def test_what_the_library_raises_is_told(ours):
    with pytest.raises(LinkDown, match="PinInvalidPin: GPIO99 is not a valid pin name"):
        ours.look(99)
    with pytest.raises(LinkDown, match="PinInvalidPin"):
        ours.drive(99, True)


@pytest.mark.parametrize(("level", "high"), [("low", False), ("high", True)])
def test_the_driver_works_on_mock_pins(factory, level, high):
    opened = pins.GpiozeroPins(factory)
    settings = RPiGPIOSettings(name=f"mock-{level}", klass="RPiGPIO", energised_when=level)
    relays = RPiGPIO(settings, None, ["17", "27"], lambda: opened)
    relays.read_all()
    relays.set("17", True)
    assert factory.pin("GPIO17").state is high
    assert relays.read("17") is True
    relays.set("17", False)
    assert factory.pin("GPIO17").state is not high
    assert factory.pin("GPIO27").function == "input"
    relays.held.end()
    assert factory.pin("GPIO17").function == "output"


@pytest.mark.parametrize("missing", ["lgpio", "gpiozero.pins.lgpio"])
def test_without_its_libraries_it_says_how_to_get_them(monkeypatch, missing):
    monkeypatch.delitem(sys.modules, "hardware.raspberry_pi_gpio.kept", raising=False)
    monkeypatch.delitem(sys.modules, "gpiozero.pins.lgpio", raising=False)
    monkeypatch.setitem(sys.modules, missing, None)
    with pytest.raises(NotSent, match=r"need what is not installed .*: pip install 'valvetree\[gpio\]' lgpio, or apt"):
        pins.open_pins(None)


def test_on_another_computer_it_says_so(monkeypatch):
    class Kept:
        @staticmethod
        def KeptFactory(_chip, _as_found):  # noqa: N802 - a class there
            raise OSError("unable to locate Pi revision")

    monkeypatch.setitem(sys.modules, "hardware.raspberry_pi_gpio.kept", Kept)
    with pytest.raises(NotSent, match="its pins cannot be opened: OSError: unable to locate Pi revision: is this a"):
        pins.open_pins(None)


@pytest.mark.parametrize(
    ("outlive", "why"),
    [(True, []), (False, ["when this process ends the kernel makes them inputs"]), (None, ["the kernel does not say"])],
)
def test_outputs_that_end_with_their_process_are_told_when_the_pins_are_opened(monkeypatch, factory, outlive, why):
    class Kept:
        @staticmethod
        def KeptFactory(_chip, _as_found):  # noqa: N802 - a class there
            return factory

    monkeypatch.setitem(sys.modules, "hardware.raspberry_pi_gpio.kept", Kept)
    monkeypatch.setattr(pins, "outputs_outlive", lambda: outlive)
    monkeypatch.setattr(pins, "_opened", {})
    with structlog.testing.capture_logs() as logs:
        assert pins.open_pins(None) is pins.open_pins(None)
    assert [log["why"].partition(":")[0] for log in logs] == why


def test_to_know_the_klass_needs_no_library(monkeypatch):
    for name in [name for name in sys.modules if name.partition(".")[0] in ("gpiozero", "lgpio")]:
        monkeypatch.setitem(sys.modules, name, None)
    RPiGPIO(RPiGPIOSettings(name="idle", klass="RPiGPIO", energised_when="low"), None, ["17"])
