"""`GPMicroIon` against the simulated module: the pause, the prefix, and others on the line."""

import pytest
from pydantic import ValidationError

from hardware.conformance.bench import Bench
from hardware.errors import BadChannel, BadReply, DeviceRefused, NoAnswer
from hardware.gauge import GaugeState, Reading
from hardware.granville_phillips.driver import GPMicroIonSettings

GAUGES = {"ion": "IG", "foreline": "CG1", "chamber": "CG2"}
ALL = {"IG": Reading(1.53e-6), "CG1": Reading(1.2e-3), "CG2": Reading(None, GaugeState.OVER, "1.01E+03")}


@pytest.fixture
def benches(tmp_path):
    made = []

    def make(wire="tcp", **keys):
        made.append(Bench("GPMicroIon", wire, {"gauges": GAUGES, **keys}, (), tmp_path))
        return made[-1]

    yield make
    for each in made:
        each.close()


@pytest.fixture(params=["tcp", "pty"])
def bench(benches, request):
    return benches(request.param)


def test_all_gauges_are_read_with_a_pause_between_them(bench):
    assert bench.driver.read_all() == ALL
    assert bench.driver.units == "Torr"


def test_without_the_pause_the_module_does_not_hear(benches):
    bench = benches(pause=0.0, timeout=0.2)
    with pytest.raises(NoAnswer):
        bench.driver.read_all()


def test_a_gauge_that_is_off_is_off(bench):
    bench.simulator.powered = False
    assert bench.driver.read("IG") == Reading(None, GaugeState.OFF, "9.90E+09")


def test_the_other_dialect_and_replies_without_an_address(benches):
    bench = benches(asks="DS", addressed=False, units="mbar")
    bench.simulator.dialect, bench.simulator.addressed = "DS", False
    assert bench.driver.read_all() == ALL
    assert bench.driver.units == "mbar"


def test_a_reply_without_an_address_is_bad_where_one_is_expected(bench):
    bench.simulator.addressed = False
    with pytest.raises(BadReply, match="expected a reply of address 01"):
        bench.driver.read("IG")


def test_others_on_the_line_the_echo_and_line_feeds_are_passed_over(bench):
    bench.simulator.chatter, bench.simulator.echo, bench.simulator.line_feed = b"*02 7.60E+02\r", True, True
    assert bench.driver.read_all() == ALL
    assert bench.handle.opened == 1


def test_a_refusal_is_told_in_its_words_and_the_conversation_goes_on(bench):
    bench.simulator.dialect = "DS"
    with pytest.raises(DeviceRefused, match=r"^bench: SYNTX ER$"):
        bench.driver.read("IG")
    bench.simulator.dialect = "RD"
    assert bench.driver.read("IG") == Reading(1.53e-6)
    assert bench.handle.opened == 1


def test_a_wrong_address_is_silent(benches):
    bench = benches(address=2, timeout=0.1)
    with pytest.raises(NoAnswer, match="#02RD"):
        bench.driver.read("IG")


def test_what_the_manual_does_not_know_is_a_bad_reply(bench):
    bench.simulator.shown["IG"] = "PROGM OK"
    with pytest.raises(BadReply, match="got 'PROGM OK'"):
        bench.driver.read("IG")


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(bench):
    with pytest.raises(BadChannel):
        bench.driver.read("CG3")
    assert bench.handle.opened == 0


def test_how_it_is_asked_may_be_said(benches):
    bench = benches(asks="RD")
    assert bench.driver.settings.asks == "RD"


@pytest.mark.parametrize(
    ("keys", "where"),
    [
        ({"gauges": {"IG": "1"}}, ("gauges", "IG")),
        ({"address": 256}, ("address",)),
        ({"units": "bar"}, ("units",)),
        ({"asks": "PR"}, ("asks",)),
        ({"pause": -0.1}, ("pause",)),
    ],
)
def test_a_wrong_file_is_told_where(keys, where):
    with pytest.raises(ValidationError) as caught:
        GPMicroIonSettings.model_validate(
            {"name": "gauges", "klass": "GPMicroIon", "port": "tcp://h:1", "gauges": GAUGES} | keys
        )
    assert [each["loc"] for each in caught.value.errors()] == [where]
