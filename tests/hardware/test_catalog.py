"""What a `klass:` names: ours, an entry point of an installed package, a class by its module; or why it does not."""

import sys
from pathlib import Path

import pytest

from hardware import catalog
from hardware.catalog import BUILT_IN, NoSuchKlass, Shelved, find, names
from hardware.device import Device
from hardware.simulation import simulator_for
from tests.examples.relay_box import RelayBox

INSTALLED = (
    "[valvetree.devices]\nHomeMade = tests.examples.relay_box:RelayBox\nEurotherm = tests.examples.chiller:Chiller\n"
)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A package with entry points of ours, as pip leaves it."""
    folder = tmp_path / "home_made-1.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Metadata-Version: 2.1\nName: home-made\nVersion: 1.0\n", encoding="utf-8")
    (folder / "entry_points.txt").write_text(INSTALLED, encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])


@pytest.mark.parametrize("klass", BUILT_IN)
def test_every_klass_of_ours_is_a_device_that_says_who_it_is(klass: str) -> None:
    kind = find(klass)
    assert issubclass(kind, Device)
    assert kind.__doc__
    assert kind.settings_model.model_fields["klass"].annotation is not str  # it takes its own name only


@pytest.mark.parametrize("klass", sorted(set(BUILT_IN) - {"DummyGPActuator"}))
def test_every_klass_of_ours_has_a_simulator(klass: str) -> None:
    assert simulator_for(klass) is not None


@pytest.mark.usefixtures("installed")
def test_an_entry_point_is_a_klass_and_never_takes_one_of_ours() -> None:
    assert find("HomeMade") is RelayBox
    assert "HomeMade" in names()
    assert find("Eurotherm").__module__.startswith("hardware.")
    assert names().count("Eurotherm") == 1


def test_a_class_by_its_module_is_a_klass() -> None:
    assert find("tests.examples.relay_box:RelayBox") is RelayBox


@pytest.mark.parametrize(
    ("klass", "says"),
    [
        ("Nothing", "unknown klass 'Nothing'"),
        ("no.such.module:Relay", "there is no module 'no'"),
        ("tests.examples.relay_box:Nothing", "module tests.examples.relay_box has no 'Nothing'"),
        ("tests.hardware.test_catalog:INSTALLED", "INSTALLED of tests.hardware.test_catalog is no class"),
    ],
)
def test_what_names_nothing_says_why(klass: str, says: str) -> None:
    with pytest.raises(NoSuchKlass, match=says):
        find(klass)


def test_a_klass_whose_library_is_not_there_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(catalog.BUILT_IN, "T4Actuator", Shelved("no_such_library.driver:T4", extra="modbus"))
    with pytest.raises(
        NoSuchKlass, match=r"T4Actuator needs what is not installed .*pip install 'valvetree\[modbus\]'"
    ):
        find("T4Actuator")


def test_a_module_that_fails_when_it_is_imported_says_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "falls_over.py").write_text("raise RuntimeError('no luck')\n", encoding="utf-8")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    with pytest.raises(NoSuchKlass, match="falls_over cannot be imported: RuntimeError: no luck"):
        find("falls_over:Relay")
