"""A LabJack whose own watchdog is armed."""

from types import SimpleNamespace

import pytest
import structlog

from hardware.errors import BadChannel, NotSent

WATCHED = {"watchdog_s": 10, "watchdog_energised": ["EIO0"]}


def test_the_watchdog_is_armed_when_the_link_is_opened_and_moves_nothing(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    assert bench.simulator.watchdog == {
        61600: 1, 61602: 0, 61604: 10, 61606: 0, 61610: 0, 61612: 0, 61620: 0,
        61630: 1, 61632: 0x100, 61634: 0x10110, 61636: 0x7EFEEF,
    }  # fmt: skip
    assert (bench.simulator.moves, bench.simulator.outputs) == (0, set())


def test_while_it_is_looked_at_the_watchdog_does_not_strike(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.set("FIO4", True)
    for bench.clock.now in range(9, 90, 9):
        assert bench.driver.read_all() == {"FIO4": True}


def test_if_the_host_dies_the_lines_go_to_the_safe_state_and_are_read_so(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.set("FIO4", True)
    bench.driver.set("CIO0", True)
    bench.simulator.relays["FIO7"] = True  # a line of another program
    bench.clock.now = 10.5
    bench.simulator.tick()
    lines = {name: bench.simulator.relays[name] for name in ("FIO4", "EIO0", "CIO0", "FIO7")}
    assert lines == {"FIO4": False, "EIO0": True, "CIO0": False, "FIO7": True}
    assert bench.driver.read_all() == {"FIO4": False, "EIO0": True, "CIO0": False}
    bench.driver.set("FIO4", True)
    assert bench.simulator.relays["FIO4"]


def test_after_so_long_a_silence_that_it_may_have_struck_the_link_is_opened_anew(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    bench.driver._heard_at -= 9.5
    bench.driver.read_all()
    assert bench.handle.opened == 1
    bench.driver._heard_at -= 10.0
    bench.driver.read_all()  # whoever uses it reads it again on a new link before it is told anything
    assert bench.handle.opened == 2


def test_how_long_a_talk_took_counts_as_silence(benches, monkeypatch):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    monkeypatch.setattr("hardware.labjack_t.driver.time", SimpleNamespace(monotonic=bench.clock))
    bench.driver._heard_at = bench.clock.now
    registers = bench.simulator.read_registers

    def slowly(*asked):
        bench.clock.now += 5.0
        return registers(*asked)

    bench.simulator.read_registers = slowly
    bench.driver.read_all()
    assert bench.handle.opened == 1
    bench.driver.read_all()
    assert bench.handle.opened == 2


def test_where_no_valve_is_there_is_nothing_to_watch(benches):
    bench = benches("T7", channels=(), watchdog_s=10)
    bench.driver.identify()
    assert bench.simulator.flash_writes == 0


def test_an_armed_watchdog_is_not_written_to_its_flash_again(benches):
    bench = benches("T7", **WATCHED)
    bench.driver.read_all()
    written = bench.simulator.flash_writes
    bench.handle.drop()
    bench.driver.read_all()
    assert (bench.handle.opened, bench.simulator.flash_writes) == (2, written)
    bench.power_cycle()
    bench.driver.read_all()
    assert bench.simulator.flash_writes == 0


def test_a_device_whose_watchdog_cannot_be_armed_is_not_used(benches):
    bench = benches("T7", **WATCHED)
    bench.simulator.watchdog.pop(61636)
    with pytest.raises(NotSent, match=r"Modbus exception 2: no such address \(when the link was opened\)"):
        bench.driver.set("FIO4", True)
    assert bench.simulator.moves == 0


def test_a_device_that_is_watched_is_not_opened_just_to_look(benches):
    assert benches("T7", **WATCHED).driver.disturbs_on_open
    assert not benches("T7").driver.disturbs_on_open


def test_a_watchdog_that_others_armed_is_told_and_left_alone(benches):
    bench = benches("T7")
    bench.simulator.watchdog |= {61600: 1, 61604: 20, 61630: 1}
    with structlog.testing.capture_logs() as logs:
        bench.driver.read_all()
    assert [log["timeout_s"] for log in logs if log["event"] == "device.watchdog_found"] == [20]
    assert bench.simulator.flash_writes == 0


def test_a_safe_state_of_channels_that_no_valve_uses_is_refused(benches):
    with pytest.raises(BadChannel, match=r"^labjack: watchdog_energised: no valve uses 'FIO5'$"):
        benches("T7", watchdog_s=10, watchdog_energised=["FIO5"])
