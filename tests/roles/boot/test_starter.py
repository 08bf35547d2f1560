"""The starter site."""

from importlib import resources

import pytest

from roles.boot.site import load_site
from roles.boot.starter import SiteExists, write_starter
from roles.catalog import vocabulary


@pytest.fixture
def source(tmp_path):
    folder = tmp_path / "defaults"
    (folder / "setupfiles").mkdir(parents=True)
    (folder / "__init__.py").write_text("")
    (folder / "preferences.yaml").write_text("# all optional\n")
    (folder / "setupfiles" / "initialization.xml").write_text("<root/>\n")
    return folder


def test_every_file_is_written_and_named(source, tmp_path):
    root = tmp_path / "site"
    written = write_starter(source, root)
    assert written == [root / "preferences.yaml", root / "setupfiles" / "initialization.xml"]
    assert (root / "setupfiles" / "initialization.xml").read_text() == "<root/>\n"


def test_an_existing_file_is_named_and_nothing_is_written(source, tmp_path):
    root = tmp_path / "site"
    root.mkdir()
    (root / "preferences.yaml").write_text("mine")
    with pytest.raises(SiteExists) as caught:
        write_starter(source, root)
    assert caught.value.files == (root / "preferences.yaml",)
    assert (root / "preferences.yaml").read_text() == "mine"
    assert not (root / "setupfiles").exists()


def uncommented(text: str) -> str:
    """Return a starter file with its commented examples switched on."""
    keys = ("- {", "safe_state", "dead_man", "extraction_line")
    bare = ((line, line.removeprefix("# ")) for line in text.splitlines())
    return "\n".join(example if example.startswith(keys) else line for line, example in bare)


def test_the_valve_controllers_starter_site_loads_and_so_do_its_commented_examples(tmp_path):
    write_starter(resources.files("roles.defaults") / "valve_controller", tmp_path)
    site = load_site(tmp_path, vocabulary=vocabulary("valve_controller"))
    assert (len(site.valves), site.safe_state, site.warnings) == (7, (), ())
    for file in ("preferences.yaml", "setupfiles/extractionline/valves.yaml"):
        path = tmp_path / file
        path.write_text(uncommented(path.read_text()))
    site = load_site(tmp_path, vocabulary=vocabulary("valve_controller"))
    assert (len(site.valves), len(site.safe_state)) == (14, 4)
    (held,) = site.warnings
    assert held.endswith("a positive interlock holds nothing open (close_interlock does): A while H is open")


def test_the_furnace_controllers_commented_limits_are_one_example(tmp_path):
    write_starter(resources.files("roles.defaults") / "furnace_controller", tmp_path)
    flow = "name: flow\nklass: T4Inputs\nport: tcp://192.168.1.9:502\non_when: low\ngauges: {water: FIO4}\n"
    (tmp_path / "setupfiles/devices/flow.yaml").write_text(flow)
    path = tmp_path / "preferences.yaml"
    lines = path.read_text().splitlines()
    limits = ("# furnace:", "#   ")
    path.write_text("\n".join(line.removeprefix("# ") if line.startswith(limits) else line for line in lines))
    furnace = load_site(tmp_path, vocabulary=vocabulary("furnace_controller")).preferences.furnace
    assert (furnace.over_temperature, furnace.ramp_step, furnace.water.gauge) == (1450, 1.0, "water")
