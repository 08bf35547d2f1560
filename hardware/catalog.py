"""The klass names of device files, and where each class is. Nothing is imported before a site names it."""

import importlib
from dataclasses import dataclass
from importlib.metadata import entry_points
from typing import Any

GROUP = "valvetree.devices"


@dataclass(frozen=True, slots=True)
class Shelved:
    """One klass. `place`: `package.module:Class`; `extra`: the optional part of valvetree that it needs, or ""."""

    place: str
    extra: str = ""


BUILT_IN: dict[str, Shelved] = {
    "ASCIIGPActuator": Shelved("hardware.ascii_gp.driver:ASCIIGPActuator"),
    "AgilentGPActuator": Shelved("hardware.agilent_34970a.driver:AgilentGPActuator"),
    "AgilentMultiplexer": Shelved("hardware.agilent_34970a.multiplexer:AgilentMultiplexer"),
    "ArduinoGPActuator": Shelved("hardware.arduino_gp.driver:ArduinoGPActuator"),
    "DummyGPActuator": Shelved("hardware.in_memory.driver:DummyGPActuator"),
    "Eurotherm": Shelved("hardware.eurotherm_2000.driver:Eurotherm"),
    "EurothermModbus": Shelved("hardware.eurotherm_modbus.driver:EurothermModbus", extra="modbus"),
    "GPMicroIon": Shelved("hardware.granville_phillips.driver:GPMicroIon"),
    "MDrive": Shelved("hardware.mdrive.driver:MDrive"),
    "MKS937": Shelved("hardware.mks_937.driver:MKS937"),
    "MaxiGauge": Shelved("hardware.pfeiffer_maxigauge.driver:MaxiGauge"),
    "NCDProXRActuator": Shelved("hardware.ncd_proxr.driver:NCDProXRActuator"),
    "PLC2000GPActuator": Shelved("hardware.plc_modbus.driver:PLC2000GPActuator", extra="modbus"),
    "PychronGPActuator": Shelved("hardware.ascii_gp.driver:PychronGPActuator"),
    "RPiGPIO": Shelved("hardware.raspberry_pi_gpio.driver:RPiGPIO", extra="gpio"),
    "T4Actuator": Shelved("hardware.labjack_t.driver:T4Actuator", extra="modbus"),
    "T4Inputs": Shelved("hardware.labjack_t.inputs:T4Inputs", extra="modbus"),
    "T7Actuator": Shelved("hardware.labjack_t.driver:T7Actuator", extra="modbus"),
    "T7Inputs": Shelved("hardware.labjack_t.inputs:T7Inputs", extra="modbus"),
    "U3Actuator": Shelved("hardware.labjack_u3.driver:U3Actuator", extra="labjack"),
    "WatlowEZZone": Shelved("hardware.watlow_ez_zone.driver:WatlowEZZone", extra="modbus"),
}


class NoSuchKlass(LookupError):
    """A `klass:` that names no class; its text says why."""


def names() -> tuple[str, ...]:
    """Return every klass that has a name of its own: ours, and those of installed packages."""
    return (*BUILT_IN, *(entry.name for entry in entry_points(group=GROUP) if entry.name not in BUILT_IN))


def find(klass: str) -> type[Any]:
    """Return the class that a `klass:` names: one of ours, an entry point's, or `package.module:Class`.

    Raises:
        NoSuchKlass: there is none, or it cannot be imported.
    """
    if klass in BUILT_IN:
        shelved = BUILT_IN[klass]
        return _load(shelved.place, klass, shelved.extra)
    if ":" in klass:
        return _load(klass, klass)
    for entry in entry_points(group=GROUP, name=klass):
        return _load(entry.value, klass)
    raise NoSuchKlass(f"unknown klass {klass!r}")


def _load(place: str, klass: str, extra: str = "") -> type[Any]:
    module, _, name = place.partition(":")
    try:
        found = getattr(importlib.import_module(module), name)
    except ModuleNotFoundError as error:
        if extra:
            text = f"{klass} needs what is not installed ({error.name}): pip install 'valvetree[{extra}]'"
        else:
            text = f"{klass}: there is no module {error.name!r}: is its package installed in this environment?"
        raise NoSuchKlass(text) from error
    except AttributeError:
        raise NoSuchKlass(f"{klass}: module {module} has no {name!r}") from None
    except Exception as error:  # whatever a module does when it is imported
        raise NoSuchKlass(f"{klass}: {module} cannot be imported: {type(error).__name__}: {error}") from error
    if not isinstance(found, type):
        raise NoSuchKlass(f"{klass}: {name} of {module} is no class")
    return found
