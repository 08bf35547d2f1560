"""`MaxiGauge` against the simulated unit: the two steps, and what is left over when one of them gets lost."""

import pytest
from pydantic import ValidationError

from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer, NotSent
from hardware.gauge import GaugeState, Reading
from hardware.pfeiffer_maxigauge.driver import MaxiGaugeSettings

GAUGES = {"CG1": "1", "IG": "2", "CM": "3", "IG2": "4", "SPARE": "5"}
ALL = {
    "1": Reading(8.34e-3),
    "2": Reading(1.53e-9),
    "3": Reading(760.2),
    "4": Reading(None, GaugeState.OFF, "sensor off"),
    "5": Reading(None, GaugeState.NO_GAUGE, "no sensor"),
}


@pytest.fixture
def benches(tmp_path):
    made = []

    def make(wire="tcp", **keys):
        made.append(Bench("MaxiGauge", wire, {"gauges": GAUGES, **keys}, (), tmp_path))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["tcp", "pty"])
def bench(benches, request):
    return benches(request.param)


def test_all_gauges_are_read_in_the_units_that_it_tells(bench):
    bench.simulator.units = "2"
    assert bench.driver.units == ""
    assert bench.driver.read_all() == ALL
    assert bench.driver.units == "Pa"


def test_units_that_are_changed_at_its_front_panel_are_noticed(bench):
    bench.driver.read("1")
    assert bench.driver.units == "mbar"
    bench.simulator.units = "1"
    bench.driver.read("1")
    assert bench.driver.units == "Torr"


def test_it_is_understood_however_it_writes(bench):
    bench.simulator.space, bench.simulator.exponent_digits, bench.simulator.confirms_reset = " ", 1, True
    assert bench.driver.read_all() == ALL


@pytest.mark.parametrize("wire", ["tcp", "pty"])
def test_after_a_lost_acknowledgement_it_is_reset(benches, wire):
    bench = benches(wire, timeout=0.2)
    bench.driver.read("1")
    bench.simulator.lost = 1
    with pytest.raises(NoAnswer, match=r"no answer to b'UNI\\r' within 0.2 s"):
        bench.driver.read("1")
    assert bench.simulator.waiting
    assert bench.driver.read("2") == Reading(1.53e-9)
    assert bench.handle.opened == 2


def test_a_unit_that_somebody_has_left_waiting_is_reset_when_the_link_is_opened(bench):
    bench.simulator.feed(b"PR1\r")
    assert bench.simulator.waiting
    assert bench.driver.read("2") == Reading(1.53e-9)


@pytest.mark.parametrize(
    "late",
    [b"\x06\r\n", b"0,1.0000E+03\r\n", b"\x06\r\n0,1.0000E+03\r\n", b"0\r\n", b"\x06\r\n0\r\n", b"\x06\r\n2\r\n"],
)
@pytest.mark.parametrize("units", [None, "mbar"])
def test_a_late_line_is_never_taken_for_a_pressure(benches, late, units):
    bench = benches(units=units)
    bench.simulator.late = [late]
    assert bench.driver.read("2") == Reading(1.53e-9)
    assert bench.driver.read_all() == ALL
    assert bench.driver.units == "mbar"
    assert bench.handle.opened == 1


@pytest.mark.parametrize("late", [b"\x06\r\n", b"\x15\r\n", b"0,1.0000E+03\r\n", b"\x06\r\n0,1.0000E+03\r\n"])
def test_neither_is_one_that_comes_after_the_enquiry(bench, late):
    bench.simulator.late = [b"", late]
    assert bench.driver.read("2") == Reading(1.53e-9)
    bench.simulator.late = [b"", b"", b"", late.removesuffix(b"0,1.0000E+03\r\n")]
    assert bench.driver.read("2") == Reading(1.53e-9)
    assert bench.handle.opened == 1


def test_a_late_refusal_costs_one_attempt(bench):
    bench.simulator.late = [b"\x15\r\n"]
    with pytest.raises(NotSent, match="expected an error word"):
        bench.driver.read("2")
    assert bench.driver.read("2") == Reading(1.53e-9)


def test_an_answer_that_is_none_drops_the_link_and_resets_the_unit(bench):
    bench.driver.read("1")
    bench.simulator.shown["1"] = "9"
    with pytest.raises(BadReply, match=r"got b'9,2\.0000E-02'"):
        bench.driver.read("1")
    assert bench.driver.read("2") == Reading(1.53e-9)
    assert bench.handle.opened == 2


@pytest.mark.parametrize(("two_words", "word"), [(False, "0001"), (True, "4096,0")])
def test_a_refusal_is_told_in_its_words_and_the_conversation_goes_on(bench, two_words, word):
    bench.simulator.two_words = two_words
    del bench.simulator.shown["1"]
    with pytest.raises(DeviceRefused, match=f"bench: PR1 refused: error {word}: syntax error"):
        bench.driver.read("1")
    assert bench.driver.read("2") == Reading(1.53e-9)
    assert bench.handle.opened == 1


def test_an_error_word_that_is_none_is_a_bad_reply(bench):
    bench.driver.read("2")
    del bench.simulator.shown["1"]
    bench.simulator.error_word = "what?"
    with pytest.raises(BadReply, match="expected an error word"):
        bench.driver.read("1")


def test_a_unit_that_knows_no_units_is_read_where_they_are_named(benches):
    bench = benches(units="Torr")
    bench.simulator.knows_units = False
    assert bench.driver.read("1") == Reading(8.34e-3)
    assert bench.driver.units == "Torr"
    asked = benches()
    asked.simulator.knows_units = False
    with pytest.raises(DeviceRefused, match="UNI refused"):
        asked.driver.read("1")


def test_units_that_no_manual_knows_are_a_bad_reply(bench):
    bench.simulator.units = "5"
    with pytest.raises(NotSent, match="expected 0, 1 or 2 for the units"):
        bench.driver.read("1")


def test_it_says_who_it_is(bench):
    assert bench.driver.identify() == "MaxiGauge with TPR/PCR,IKR9,CMR,PKR,noSen,noSen"


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(bench):
    with pytest.raises(BadChannel):
        bench.driver.read("7")
    assert bench.handle.opened == 0


@pytest.mark.parametrize(
    ("keys", "where"),
    [({"gauges": {"IG": "7"}}, ("gauges", "IG")), ({"units": "bar"}, ("units",)), ({"address": 1}, ("address",))],
)
def test_a_wrong_file_is_told_where(keys, where):
    with pytest.raises(ValidationError) as caught:
        MaxiGaugeSettings.model_validate(
            {"name": "gauges", "klass": "MaxiGauge", "port": "tcp://h:1", "gauges": GAUGES} | keys
        )
    assert [each["loc"] for each in caught.value.errors()] == [where]
