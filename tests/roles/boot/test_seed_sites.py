"""The seed's own files load as they are."""

from pathlib import Path

from roles.boot.remote import RemoteExtractionLineManager, RemoteFurnaceManager
from roles.boot.server_settings import RemoteCommandServerSettings
from roles.boot.site import Site, load_site
from tests.roles.boot.conftest import VOCABULARY

SITES = Path(__file__).parent / "seed_site"


def load(name: str) -> Site:
    return load_site(SITES / name, vocabulary=VOCABULARY)


def test_the_acquisition_site_names_both_controllers():
    site = load("experiment")
    assert site.remotes == {
        "ExtractionLine": RemoteExtractionLineManager(
            name="ExtractionLine", klass="RemoteExtractionLineManager", host="192.168.1.50", port=1061, timeout=2.0
        ),
        "Furnace": RemoteFurnaceManager(
            name="Furnace", klass="RemoteFurnaceManager", host="192.168.1.51", port=1061, timeout=5.0
        ),
    }
    assert site.devices == {}
    assert site.plugins == ("ExtractionLine", "DashboardServer")
    warning = "setupfiles/initialization.xml: plug-ins that are known but not built yet: "
    assert site.warnings == (warning + "DVC, GitHub, Database, Spectrometer, Experiment, Laser",)


def test_the_valve_site_listens_where_its_file_says_and_says_that_it_has_no_valves():
    site = load("valve")
    assert site.server == RemoteCommandServerSettings(port=1061, host="0.0.0.0")  # noqa: S104
    assert site.origins["server.host"] == "setupfiles/servers/remote_command_server.yaml:3"
    assert site.origins["server.compat"] == "default"
    assert site.warnings == ("setupfiles/extractionline/valves.yaml: no valves: the extraction line starts with 0",)


def test_the_furnace_site_listens_on_loopback_when_no_file_says_where():
    site = load("furpi")
    assert site.plugins == ("Furnace", "RemoteCommandServer")
    assert site.server == RemoteCommandServerSettings(port=1061, host="127.0.0.1")
    assert site.warnings == ()


def test_the_data_reduction_site_starts_nothing_that_is_built():
    site = load("crunch")
    assert site.plugins == ()
    assert site.unbuilt == ("DVC", "GitHub", "Database", "Pipeline", "DashboardClient")
    assert (site.preferences.acquisition.port, site.preferences.acquisition.reply) == (5555, 5556)
    assert site.origins["acquisition.port"] == "default"
    assert site.server is None
