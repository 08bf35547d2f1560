"""`Eurotherm`: what its file may say."""

import pytest
from pydantic import ValidationError

from tests.hardware.bench import settings


@pytest.mark.parametrize(
    "keys",
    [
        {"group": -1},
        {"group": 10},
        {"unit": -1},
        {"unit": 10},
        {"sensor_break_bit": -1},
        {"sensor_break_bit": 16},
        {"setpoint_mnemonic": "S"},
        {"setpoint_mnemonic": ""},
        {"setpoint_mnemonic": "OP"},
        {"setpoint_mnemonic": "XP"},
        {"proportional_units": "K"},
        {"auto_manual": "m"},
        {"auto_manual": "m A"},
        {"setpoint_min": 1600.0},
        {"reading_max": 0.0},
    ],
)
def test_a_file_that_cannot_be_right_is_refused(keys):
    with pytest.raises(ValidationError):
        settings("Eurotherm", **keys)


@pytest.mark.parametrize("keys", [{"group": 0, "unit": 0, "sensor_break_bit": 0}, {"group": 9, "unit": 9}])
def test_addresses_and_bits_at_their_ends_are_right(keys):
    assert settings("Eurotherm", **{"sensor_break_bit": 15} | keys).unit == keys["unit"]
