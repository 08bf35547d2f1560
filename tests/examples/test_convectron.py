"""What a home-made gauge takes for a number: a plain one that a pressure can be."""

import pytest

from hardware.errors import BadReply
from hardware.gauge import Reading
from hardware.numerals import number
from tests.examples.convectron import ConvectronSimulator
from tests.hardware.bench import On

NO_NUMBERS = [
    "",
    "nan",
    "NaN",
    "inf",
    "-inf",
    "infinity",
    "1_0",
    "1.0E+400",
    "0x10",
    "1 0",
    " 1",
    "1\n",
    "\uff11",
    "1e",
    ".",
]


@pytest.fixture
def gauge():
    made = On("tests.examples.convectron:Convectron", ConvectronSimulator(), channels=("1",), gauges={"CG1": "1"})
    yield made
    made.close()


@pytest.mark.parametrize("shown", ["nan", "inf", "1_0", "1.0E+400", "-1.00E-03"])
def test_what_is_no_pressure_is_no_reading(gauge, shown):
    gauge.far_end.shown["1"] = shown
    with pytest.raises(BadReply, match="expected a number from 0, got"):
        gauge.driver.read("1")


def test_a_pressure_is_one(gauge):
    assert gauge.driver.read("1") == Reading(760.0)


@pytest.mark.parametrize("shown", NO_NUMBERS)
def test_what_python_takes_for_a_number_need_not_be_one(shown):
    with pytest.raises(ValueError, match="expected a number, got"):
        number(shown)


def test_numbers_as_devices_write_them():
    written = {"1": 1.0, "-2.5": -2.5, "+1.53E-09": 1.53e-9, ".5": 0.5, "5.": 5.0, "7e2": 700.0}
    assert {shown: number(shown.encode()) for shown in written} == written


@pytest.mark.parametrize(("shown", "says"), [("4", "from 5 to 40, got '4'"), ("41", "from 5 to 40, got '41'")])
def test_a_number_may_have_limits(shown, says):
    assert number("5", 5.0, 40.0) == 5.0
    with pytest.raises(ValueError, match=says):
        number(shown, 5.0, 40.0)
