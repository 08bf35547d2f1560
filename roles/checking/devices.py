"""The devices of this computer: whether each is there, and who it says it is. None is moved, and none disturbed."""

import time
from functools import partial
from typing import Any

from actors.polarity import channels_of
from hardware.catalog import find
from hardware.errors import DeviceError, NotSent
from hardware.links.address import SerialAddress, parse_address, place
from roles.boot.site import Site
from roles.checking.report import Report
from roles.checking.together import together
from roles.plugins.building import Building
from roles.plugins.devices import Wired

QUESTIONS = 8  # of a device that answers each just in time, what it is greeted with included


def ask_devices(building: Building, held_by: int | None) -> list[Report]:
    """Ask every device, all at once. `held_by`: the process that runs this site now and has its devices, or None."""
    site = building.site
    asks = []
    for name, settings in site.devices.items():
        timeout_s = float(getattr(settings, "timeout", 1.0)) * _in_turn(site, settings)
        ask = partial(_ask, building, name, settings, held_by)
        asks.append((ask, QUESTIONS * timeout_s, partial(_gave_up, site, name, settings, QUESTIONS * timeout_s)))
    return together(asks)


def _in_turn(site: Site, settings: Any) -> int:
    """Return how many devices are asked in turn, this one included, as they are on one line."""
    return max(1, len(site.on_line(place(settings.port)))) if settings.port else 1


def _headed(site: Site, name: str, settings: Any) -> Report:
    lines = [f"  {name}  {settings.klass}"]
    if settings.port:
        origin = site.origins.get(f"devices.{name}.port", "default")
        lines.append(f"    address      {settings.port}  (port: {origin})")
    return Report(lines)


def _gave_up(site: Site, name: str, settings: Any, limit_s: float) -> Report:
    report = _headed(site, name, settings)
    report.findings.append(f"device {name}: {settings.port}: given up after {limit_s:g} s")
    return report


def _ask(building: Building, name: str, settings: Any, held_by: int | None) -> Report:
    """Return what one device says. `settings` is Any: each klass has its own."""
    report = _headed(building.site, name, settings)
    real = bool(find(settings.klass).simulator)  # there is a device, and not just memory
    if real and (settings.simulate or building.simulate):
        report.lines.append("    simulated: nothing is opened")
        return report
    if held_by is not None and real:
        report.lines.append(f"    not asked: process {held_by} has it")
        return report
    channels = channels_of(building.site.valves, f"actuator.{name}")
    wired = Wired(building, settings, channels)
    try:
        driver, _ = wired.wire()
        if getattr(driver, "disturbs_on_open", False):
            report.lines.append("    not asked: opening its link may move something")
        else:
            _identity(report, name, settings, driver)
    except DeviceError as error:
        reached = not isinstance(error, NotSent)
        report.lines.append("    answers      not as it should" if reached else "    reachable    no")
        report.findings.append(f"device {name}: {error.what}")
    finally:
        wired.revoke("the check is over")
    return report


def _identity(report: Report, name: str, settings: Any, driver: Any) -> None:
    """Ask twice: the first question opens the link, the second is timed. `driver` is Any: each klass has its own."""
    identity = _say(driver)
    began = time.monotonic()
    _say(driver)
    took_ms = (time.monotonic() - began) * 1000
    report.lines.append(f"    identity     {identity}")
    if not settings.port:
        return
    if isinstance(parse_address(settings.port), SerialAddress):
        report.lines.append(f"    round trip   {took_ms:.1f} ms")  # at 9600 baud the bytes alone take longer than 5 ms
    else:
        report.round_trip(f"device {name}", took_ms)


def _say(driver: Any) -> str:
    """Return who a device says it is; a temperature controller, how warm it is."""
    return str(driver.identify())
