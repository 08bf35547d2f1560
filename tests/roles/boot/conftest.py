"""Sites written into a temporary folder, and what the seed's sites may name."""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field

from roles.boot.findings import SiteError
from roles.boot.site import Site, load_site
from roles.boot.vocabulary import Klass, UnknownKlass, Vocabulary


class Actuator(BaseModel):
    """A local actuator's settings, as a driver would declare them."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    klass: Literal["DummyGPActuator"]
    timeout: float = Field(1.0, gt=0, le=60)
    simulate: bool = False


def found(klass: str) -> Klass:
    if klass == "DummyGPActuator":
        return Klass(Actuator, switches=True)
    raise UnknownKlass(f"unknown klass {klass!r}")


VOCABULARY = Vocabulary(
    plugins_built=frozenset({"ExtractionLine", "RemoteCommandServer", "Furnace", "DashboardServer"}),
    plugins_known=frozenset(
        {"DVC", "GitHub", "Database", "Spectrometer", "Experiment", "Laser", "Pipeline", "DashboardClient"}
    ),
    find=found,
    klasses=("DummyGPActuator",),
    klasses_known=frozenset({"T4Actuator"}),
    default_name="valve_controller",
)

INITIALIZATION = """<root><plugins><general>
<plugin enabled="true">ExtractionLine</plugin>
<plugin enabled="true">RemoteCommandServer</plugin>
</general></plugins></root>
"""
DEVICE = "name: switch_controller\nklass: DummyGPActuator\n"


class Written:
    """A site of a few files, to be loaded or refused."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("setupfiles/initialization.xml", INITIALIZATION)
        self.write("setupfiles/devices/switch_controller.yaml", DEVICE)

    def write(self, file: str, text: str) -> None:
        path = self.root / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def load(self, settings: Mapping[str, str] | None = None) -> Site:
        return load_site(self.root, vocabulary=VOCABULARY, overrides=settings or {})

    def findings(self, settings: Mapping[str, str] | None = None) -> list[str]:
        with pytest.raises(SiteError) as caught:
            self.load(settings)
        return [str(finding) for finding in caught.value.findings]


@pytest.fixture
def site(tmp_path: Path) -> Written:
    return Written(tmp_path / "site")


@pytest.fixture
def valves(site: Written) -> Callable[[str], Written]:
    def write(text: str) -> Written:
        site.write("setupfiles/extractionline/valves.yaml", text)
        return site

    return write
