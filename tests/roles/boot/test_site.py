"""A whole site: findings of all files at once, precedence, origins, fingerprint."""

from pathlib import Path

import pytest

from roles.boot.findings import SiteError
from roles.boot.preferences import NAME_WORDS
from roles.boot.site import load_site
from tests.roles.boot.conftest import INITIALIZATION, VOCABULARY, Written

DEVICE_A = "setupfiles/devices/a.yaml"
SERVER = "setupfiles/servers/remote_command_server.yaml"


def test_findings_of_all_files_come_at_once(site: Written):
    site.write("setupfiles/initialization.xml", INITIALIZATION.replace("ExtractionLine", "ExtractionLin"))
    site.write(DEVICE_A, "name: A\nklass: RemoteExtractionLineManger\nhost: x\n")
    site.write("setupfiles/devices/b.yaml", "name: B\nklass: RemoteFurnaceManager\nprot: 1\nhost: 10.0.0.1\n")
    site.write("setupfiles/extractionline/valves.yaml", "- {name: A, address: 1, interlock: B}\n")
    site.write(SERVER, "port: fast\nallow: [192.168.1.5/24, nowhere]\n")
    site.write("preferences.yaml", "notifier:\n  port: 70000\nname: 1st\n")
    assert site.findings({"status_monitor.state_frq": "3"}) == [
        "--set: status_monitor.state_frq: unknown key, did you mean state_freq?",
        "preferences.yaml:2: notifier.port: expected 0 to 65535, got '70000'",
        f"preferences.yaml:3: name: expected {NAME_WORDS}, got '1st'",
        f"{DEVICE_A}:2: klass: unknown klass 'RemoteExtractionLineManger', did you mean RemoteExtractionLineManager?",
        "setupfiles/devices/b.yaml:3: prot: unknown key, did you mean port?",
        "setupfiles/extractionline/valves.yaml:1: [0].interlock: unknown valve 'B'",
        "setupfiles/initialization.xml:2: plugin: unknown plug-in 'ExtractionLin', did you mean ExtractionLine?",
        f"{SERVER}:1: port: expected an integer, got 'fast'",
        f"{SERVER}:2: allow[0]: '192.168.1.5/24' is an address with a mask, did you mean 192.168.1.0/24?",
        f"{SERVER}:2: allow[1]: expected an address or a network such as 192.168.1.0/24, got 'nowhere'",
    ]


def test_a_missing_initialization_is_found(site: Written):
    (site.root / "setupfiles/initialization.xml").unlink()
    assert site.findings() == [
        "setupfiles/initialization.xml: missing: it says which plug-ins are on; `--init` writes one"
    ]


def test_a_missing_root_is_found(tmp_path: Path):
    with pytest.raises(SiteError) as caught:
        load_site(tmp_path / "none", vocabulary=VOCABULARY)
    assert str(caught.value) == f"{tmp_path}/none: no such folder; `--init` writes a starter site"


def test_an_xml_valves_file_is_read_where_there_is_no_other(site: Written):
    site.write("setupfiles/extractionline/valves.xml", "<root><valve>A<address>1</address></valve></root>")
    site.write("setupfiles/extractionline/old.xml", "<root/>")
    loaded = site.load()
    assert [valve.name for valve in loaded.valves] == ["A"]
    assert loaded.warnings == ("setupfiles/extractionline/old.xml: not read: the valves are in valves.xml",)


@pytest.mark.parametrize(
    ("text", "findings"),
    [
        ("klass: RemoteFurnaceManager\nhost: h\n", ["1: name: missing, expected the device's name"]),
        ("name: X\n", ["1: klass: missing, expected the klass of the device"]),
        ("name: X\nklass: RemoteFurnaceManager\n", ["1: host: missing, expected the node's address"]),
        ("name: X\nklass: T4Actuator\n", ["2: klass: T4Actuator is known, but not built yet"]),
        ("name: X\nklass: a.b:C\n", ["2: klass: unknown klass 'a.b:C'"]),
        ("name: [X]\nklass: RemoteFurnaceManager\nhost: h\n", ["1: name: expected a name, got a list"]),
        ("", ["1: expected name, klass and settings, got nothing"]),
        ("- name: X\n", ["1: expected name, klass and settings, got a list"]),
        (
            "name: switch_controller\nklass: RemoteFurnaceManager\nhost: h\n",
            ["1: name: 'switch_controller' is given twice, first in setupfiles/devices/switch_controller.yaml:1"],
        ),
        (
            "name: X\nklass: RemoteFurnaceManager\nhost: h\nnotify_port: 65535\n",
            ["1: notify_port 65535 has no port after it: give a reply_port too"],
        ),
    ],
)
def test_what_is_wrong_with_a_device_file_is_found(site: Written, text: str, findings: list[str]):
    site.write("setupfiles/devices/x.yaml", text)
    assert site.findings() == [f"setupfiles/devices/x.yaml:{finding}" for finding in findings]


def test_the_flag_beats_the_servers_file_which_beats_preferences(site: Written):
    site.write("preferences.yaml", "server: {port: 1, host: 10.0.0.1, idle_timeout: 5}\n")
    site.write(SERVER, "\nport: 2\nhost: 10.0.0.2\n")
    loaded = site.load({"server.port": "0"})
    assert loaded.server is not None
    assert (loaded.server.port, loaded.server.host, loaded.server.idle_timeout) == (0, "10.0.0.2", 5.0)
    where = {key: loaded.origins[f"server.{key}"] for key in ("port", "host", "idle_timeout", "compat")}
    assert where == {"port": "flag", "host": f"{SERVER}:3", "idle_timeout": "preferences.yaml:1", "compat": "default"}


def test_a_wrong_server_key_is_named_with_its_file(site: Written):
    site.write("preferences.yaml", "server: {prt: 1}\n")
    assert site.findings({"server.hots": "x"}) == [
        "--set: server.hots: unknown key, did you mean host?",
        "preferences.yaml:1: server.prt: unknown key, did you mean port?",
    ]


def test_a_flag_sets_a_devices_key_and_says_so(site: Written):
    site.write("setupfiles/devices/f.yaml", "name: F.1\nklass: RemoteFurnaceManager\nhost: 10.0.0.1\n")
    loaded = site.load({"devices.F.1.port": "4000"})
    assert loaded.remotes["F.1"].model_dump()["port"] == 4000
    assert loaded.origins["devices.F.1.port"] == "flag"
    assert loaded.origins["devices.F.1.host"] == "setupfiles/devices/f.yaml:3"
    assert loaded.origins["devices.F.1.timeout"] == "default"


@pytest.mark.parametrize(
    ("key", "value", "finding"),
    [
        ("notifer.port", "0", "notifer: unknown key, did you mean notifier?"),
        ("notifier.port", "fast", "notifier.port: expected an integer, got 'fast'"),
        ("devics.x.port", "1", "devics: unknown key, did you mean devices?"),
        ("devices.swich_controller.timeout", "1", "devices.swich_controller.timeout: no device file is named "),
        (
            "devices.switch_controller.timeot",
            "1",
            "devices.switch_controller.timeot: unknown key, did you mean timeout?",
        ),
        ("devices.switch_controller", "1", "devices.switch_controller: names no key, expected "),
        ("notifier..port", "1", "notifier..port: not a dotted key"),
        ("name", "[a", "name: not YAML: "),
    ],
)
def test_a_wrong_setting_is_found(site: Written, key: str, value: str, finding: str):
    found = site.findings({key: value})
    assert found[0].startswith(f"--set: {finding}")


def test_a_list_can_be_set(site: Written):
    server = site.load({"server.allow": "[10.0.0.0/8, 192.168.1.7]"}).server
    assert server is not None
    assert server.allow == ("10.0.0.0/8", "192.168.1.7/32")


def test_preferences_have_the_seeds_defaults_and_work_out_reply_ports(site: Written):
    site.write("preferences.yaml", "name: valve-pi-1\nnotifier: {port: 0}\ndashboard:\n  # port: 8100\ncpu: 1\n")
    loaded = site.load()
    preferences = loaded.preferences
    assert loaded.name == "valve-pi-1"
    assert (preferences.notifier.reply, preferences.dashboard.reply) == (0, 8101)
    assert (preferences.cpu, preferences.supervision.hang_after) == (1, 15.0)
    assert loaded.origins["notifier.port"] == "preferences.yaml:2"
    assert loaded.origins["notifier.reply_port"] == "default"


def test_a_node_without_a_name_has_its_roles(site: Written):
    assert site.load().name == "valve_controller"


def test_things_left_lying_about_are_said_not_read(site: Written):
    site.write("setupfiles/devices/stray.yml", "{{{")
    site.write("setupfiles/dashboard.yaml", "x: 1\n")
    site.write("setupfiles/extractionline/valves.yaml", "- {name: A, address: 1}\n")
    site.write("setupfiles/extractionline/valves.xml", "<root/>")
    assert site.load().warnings == (
        "setupfiles/devices/stray.yml: not read: device files end in .yaml",
        "setupfiles/extractionline/valves.xml: not read, valves.yaml is",
        "setupfiles/dashboard.yaml: not read yet",
    )


def test_plugins_keep_their_order_and_come_once(site: Written):
    site.write(
        "setupfiles/initialization.xml",
        """<root><globals><plugin enabled="true">RemoteCommandServer</plugin></globals><plugins><general>
        <plugin enabled="false">NoSuchThing</plugin><plugin enabled="true">Furnace</plugin>
        <plugin enabled="true">RemoteCommandServer</plugin></general></plugins></root>""",
    )
    assert site.load().plugins == ("RemoteCommandServer", "Furnace")


def test_the_fingerprint_follows_the_content_not_its_writing(site: Written):
    site.write("setupfiles/extractionline/valves.yaml", "- {name: A, address: 1}\n- {name: B, address: 2}\n")
    first = site.load().fingerprint
    site.write(
        "setupfiles/extractionline/valves.yaml", "# said otherwise\n- address: 2\n  name: B\n- {name: A, address: 1}"
    )
    assert site.load().fingerprint == first
    site.write("setupfiles/extractionline/valves.yaml", "- {name: A, address: 1}\n- {name: B, address: 3}\n")
    assert site.load().fingerprint != first


def test_files_that_are_not_read_and_plug_ins_that_are_named_twice_are_said(site: Written):
    twice = '<plugin enabled="true">ExtractionLine</plugin>'
    xml = f"<root><globals>{twice}</globals><plugins><general>{twice}</general></plugins></root>"
    site.write("setupfiles/initialization.xml", xml)
    site.write("setupfiles/extractionline/valvs.yaml", "- {name: A, address: 1}\n")
    warnings = site.load().warnings
    assert "setupfiles/initialization.xml: enabled more than once, started once: ExtractionLine" in warnings
    assert "setupfiles/extractionline/valvs.yaml: not read: the valves are in valves.yaml" in warnings
