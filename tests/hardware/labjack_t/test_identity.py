"""Who a LabJack says it is, who else has it, and what it refuses."""

import pytest

from hardware.errors import BadChannel, BadReply, DeviceRefused, NotSent


@pytest.mark.parametrize("model", ["T4", "T7"])
def test_it_says_who_it_is(benches, model):
    assert benches(model).driver.identify() == f"LabJack {model}, serial number 440012345, firmware 1.0030"


def test_another_model_is_refused_when_the_link_is_opened(benches):
    bench = benches("T4")
    bench.simulator.product = 7.0
    with pytest.raises(NotSent, match=r"it is a T7, and T4Actuator is for a T4 \(when the link was opened\)"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_what_is_no_labjack_is_refused_when_the_link_is_opened(benches):
    bench = benches("T7")
    numbers = bench.simulator._numbers
    bench.simulator._numbers = lambda: numbers() | {55100: 0x22330011}
    with pytest.raises(NotSent, match="its TEST register is 22330011, not 00112233: no LabJack of the T series"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_what_is_no_labjack_any_more_does_not_say_who_it_is(benches):
    bench = benches("T7")
    bench.driver.read_all()
    numbers = bench.simulator._numbers
    bench.simulator._numbers = lambda: numbers() | {55100: 0x22330011}
    with pytest.raises(BadReply, match="no LabJack of the T series"):
        bench.driver.identify()


def test_a_third_connection_is_hung_up_on_and_told_so(benches):
    bench = benches("T7")
    bench.driver.read_all()
    second, third = bench.another(("FIO4",)), bench.another(("FIO4",))
    second.read_all()
    for _ in range(2):
        with pytest.raises(NotSent, match="a LabJack takes two connections at once: most likely both are taken"):
            third.set("FIO4", True)
    assert bench.simulator.moves == 0
    bench.driver.set("FIO4", True)
    second.read_all()
    assert third.exchange.opened == 2  # once per try, not again and again


def test_a_refused_connection_is_told_so(benches):
    bench = benches("T7")
    bench.served.close()
    with pytest.raises(
        NotSent, match="Connection refused: it is not there, or a LabJack takes two connections at once"
    ):
        bench.driver.read("FIO4")


def test_a_driver_that_was_cut_off_says_only_that(benches):
    bench = benches("T7")
    bench.handle.revoke("it hung")
    with pytest.raises(NotSent, match=r"^labjack: not used any more: it hung$"):
        bench.driver.read("FIO4")


def test_a_refusal_in_the_devices_own_words_keeps_the_link(benches):
    bench = benches("T7", channels=("FIO4",))
    bench.driver.read_all()
    bench.simulator.lines = bench.simulator.lines[5:]
    with pytest.raises(DeviceRefused, match=r"^labjack: Modbus exception 2: no such address$"):
        bench.driver.set("FIO4", True)
    assert bench.handle.opened == 1


def test_channels_that_it_does_not_have_are_refused_before_anything_is_sent(benches):
    bench = benches("T4")
    for call in (
        lambda: bench.driver.set("FIO3", True),
        lambda: bench.driver.read("MIO0"),
        lambda: bench.another(("FIO0",)),
    ):
        with pytest.raises(BadChannel):
            call()
    assert bench.handle.opened == 0


def test_a_guard_that_runs_out_in_the_middle_leaves_the_line_undriven(benches):
    bench = benches("T4")
    bench.driver.read_all()
    acts = []

    def once():
        acts.append(True)
        if len(acts) > 1:
            raise TimeoutError

    with pytest.raises(TimeoutError), bench.driver.exchange.guarded(lambda: None, once):
        bench.driver.set("FIO4", True)
    assert (bench.simulator.moves, bench.simulator.outputs) == (0, set())
    bench.driver.set("FIO4", True)
    assert bench.simulator.relays["FIO4"]
