"""What a LabJack's file may say."""

import socket

import pytest
import structlog
from pydantic import ValidationError

from hardware.labjack_t.driver import T4Actuator, T7Actuator


@pytest.mark.parametrize(
    ("keys", "text"),
    [
        ({"port": "serial:///dev/ttyUSB0?baud=9600"}, "a LabJack is reached over the network"),
        ({"watchdog_s": 10, "poll": 0.0}, "nothing feeds it where poll is 0"),
        ({"watchdog_s": 5}, "watchdog_s 5: expected more than two polls and a timeout, 5 s"),
        ({"watchdog_s": -1}, "watchdog_s"),
        ({"watchdog_s": 3601}, "watchdog_s"),
        ({"watchdog_energised": ["FIO4"]}, "there is no watchdog where watchdog_s is 0"),
        ({"watchdog_s": 10, "watchdog_energised": ["FIO3"]}, "channel 'FIO3': a T4 has FIO4-7, EIO0-7 or CIO0-3"),
        ({"unit": 248}, "unit"),
        ({"klass": "T7Actuator"}, "klass"),
        ({"word_order": "little"}, "word_order"),
    ],
)
def test_settings_that_cannot_be_meant_are_refused(keys, text):
    given = {"name": "labjack", "klass": "T4Actuator", "port": "tcp://h:502"}
    with pytest.raises(ValidationError, match=text):
        T4Actuator.settings_model.model_validate(given | keys)


def test_what_is_not_said_is_unit_1_without_a_watchdog():
    given = {"name": "labjack", "klass": "T7Actuator", "port": "tcp://h:502"}
    settings = T7Actuator.settings_model.model_validate(given)
    assert (settings.unit, settings.watchdog_s, settings.watchdog_energised) == (1, 0, [])


@pytest.mark.parametrize(
    "keys",
    [
        {"unit": 0},
        {"unit": 247},
        {"watchdog_s": 0},
        {"watchdog_s": 6},
        {"watchdog_s": 3600},
        {"watchdog_s": 2, "poll": 0.4},
    ],
)
def test_settings_within_their_ranges_are_taken(keys):
    given = {"name": "labjack", "klass": "T7Actuator", "port": "tcp://h:502"}
    assert T7Actuator.settings_model.model_validate(given | keys).model_dump(include=set(keys)) == keys


@pytest.mark.parametrize("unit", [1, 247])
def test_its_unit_is_in_each_frame(benches, unit):
    bench = benches("T7", unit=unit)
    with structlog.testing.capture_logs() as logs:
        bench.driver.set("FIO4", True)
    sent = [log["data"] for log in logs if log["event"] == "bytes.sent"]
    assert repr(b"\0\1\0\0\0\6" + bytes([unit]) + bytes.fromhex("06 07d4 0001")) in sent


def test_the_simulated_one_takes_two_connections(benches):
    bench = benches("T7")
    ends = [socket.create_connection(("127.0.0.1", bench.served.port), timeout=5) for _ in range(3)]
    assert ends[2].recv(1) == b""
    for end in ends:
        end.close()
