"""Every driver that cheats is found, by the tests that are meant for it."""

from typing import Any

import pytest

from hardware.gauge import GaugeState
from tests.examples import test_conformance as honest

GAUGE, RELAYS, OVEN, CHILLER = honest.TestConvectron, honest.TestRelayBox, honest.TestOven, honest.TestChiller
UNPLUGGED = "test_unplugged_it_knows_nothing_and_plugged_in_it_goes_on"
KEYS = "test_what_somebody_sets_at_its_keys_is_read"
UNKNOWN_WORD = "test_a_word_that_nobody_knows_is_no_number"
CHEATS: list[tuple[type[Any], str, tuple[str, ...]]] = [
    (GAUGE, "CachedGauge", ("test_each_look_is_a_new_one", UNPLUGGED)),
    (
        GAUGE,
        "StaleGauge",
        ("test_silence_is_no_reading_of_any", "test_a_look_at_all_that_is_late_is_none", UNPLUGGED),
    ),
    (GAUGE, "PythonGauge", (UNKNOWN_WORD,)),
    (GAUGE, "GoodWord", ("test_a_word_is_a_state_and_no_number",)),
    (
        RELAYS,
        "MemoryRelay",
        (
            "test_a_relay_that_sticks_is_read_where_it_stands",
            "test_what_the_device_says_is_what_is_read",
            "test_silence_is_no_state_of_any",
            UNPLUGGED,
        ),
    ),
    (RELAYS, "NoActRelay", ("test_what_moves_a_relay_is_told_as_an_act",)),
    (RELAYS, "TwiceRelay", ("test_a_command_whose_answer_is_lost_is_not_sent_again",)),
    (OVEN, "NoActOven", ("test_what_is_prevented_is_not_written",)),
    (OVEN, "RememberedOutput", (KEYS, "test_silence_is_no_output", UNPLUGGED)),
    (OVEN, "FlagOutput", (KEYS,)),
    (OVEN, "UnverifiedSetpoint", ("test_a_set_point_that_sticks_is_no_success",)),
    (OVEN, "RememberedSetpoint", (KEYS,)),
    (OVEN, "NeverOff", ("test_the_heater_is_off_or_it_says_so",)),
    (OVEN, "SetpointHeats", ("test_a_set_point_does_not_switch_a_heater_on_that_is_off",)),
    (OVEN, "AnyReading", ("test_what_no_sensor_can_measure_is_no_temperature",)),
    (CHILLER, "AnyText", ("test_a_damaged_answer_is_no_answer_and_no_refusal",)),
    (
        CHILLER,
        "Remembering",
        (
            "test_silence_is_unknown",
            "test_a_late_answer_is_never_taken_for_the_next_one",
            "test_unplugged_nothing_is_done_and_plugged_in_it_goes_on",
            "test_hung_up_on_in_the_middle_it_says_so",
            "test_what_it_told_is_unknown_when_it_is_lost",
        ),
    ),
    (CHILLER, "NoActChiller", ("test_what_moves_something_is_told_as_an_act",)),
    (CHILLER, "Unbounded", ("test_what_it_does_not_take_is_refused_before_anything_is_sent",)),
    (CHILLER, "RefusesLate", ("test_a_damaged_answer_is_no_answer_and_no_refusal",)),
]


@pytest.mark.parametrize(
    ("kit", "cheat", "test"), [(kit, cheat, test) for kit, cheat, tests in CHEATS for test in tests]
)
def test_it_is_found(kit, cheat, test, tmp_path, monkeypatch):
    monkeypatch.setattr(kit, "klass", f"tests.examples.cheats:{cheat}")
    tried = kit()
    bench = tried.make_bench("tcp", tmp_path)
    try:
        with pytest.raises((AssertionError, pytest.fail.Exception)):
            getattr(tried, test)(bench)
    finally:
        bench.close()


def test_a_gauge_whose_words_are_called_good_is_found(tmp_path, monkeypatch):
    """Even where its tests say so themselves."""
    monkeypatch.setattr(GAUGE, "words", {"OFF": GaugeState.GOOD})
    test_it_is_found(GAUGE, "GoodWord", "test_a_word_is_a_state_and_no_number", tmp_path, monkeypatch)
