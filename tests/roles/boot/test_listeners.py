"""A site's listeners: the first, with its keys, and every further file beside it."""

import pytest

from roles.boot.server_settings import RemoteCommandServerSettings
from tests.roles.boot.conftest import Written
from tests.transports.rpc.certificates import Authority

SERVERS = "setupfiles/servers"
FIRST = f"{SERVERS}/remote_command_server.yaml"


def test_every_other_file_is_one_more_listener(site: Written):
    site.write(FIRST, "port: 1061\n")
    site.write(f"{SERVERS}/pychron.yaml", "port: 8000\nhost: 0.0.0.0\ncompat: pychron\nframing: [plain]\n")
    site.write(f"{SERVERS}/display.yaml", "port: 0\nread_only: true\n")
    loaded = site.load()
    assert loaded.server == RemoteCommandServerSettings(port=1061)
    assert loaded.listeners == {
        "display": RemoteCommandServerSettings(port=0, read_only=True),
        "pychron": RemoteCommandServerSettings(
            port=8000,
            host="0.0.0.0",  # noqa: S104
            compat="pychron",
            framing=("plain",),
        ),
    }
    assert loaded.origins["servers.pychron.port"] == f"{SERVERS}/pychron.yaml:1"
    assert loaded.origins["servers.display.host"] == "default"


def test_a_site_is_another_one_with_another_listener(site: Written):
    before = site.load().fingerprint
    site.write(f"{SERVERS}/display.yaml", "port: 8000\n")
    assert site.load().fingerprint != before


@pytest.mark.parametrize(
    ("text", "finding"),
    [
        ("prt: 1\n", "prt: unknown key, did you mean port?"),
        ("port: fast\n", "port: expected an integer, got 'fast'"),
        ("framing: [braced, bare]\n", "framing[1]: "),
        ("read_only: perhaps\n", "read_only: expected "),
        ("max_message: 10\n", "max_message: expected "),
        ("max_message: 4095\n", "max_message: expected "),  # less than what another node of ours may ask
        ("max_rate: 49\n", "max_rate: expected "),
        ("idle_timeout: 4\n", "idle_timeout: expected "),
        ("tls: {certificate: a.pem}\n", "tls.key: "),
        ("tls: {certificate: a, key: b, ca: c, cipher: d}\n", "tls.cipher: unknown key"),
        ("- port\n", "expected a mapping of keys to values"),
    ],
)
def test_what_is_wrong_in_a_further_file_is_found_like_in_the_first(site: Written, text: str, finding: str):
    site.write(f"{SERVERS}/other.yaml", text)
    assert any(f"{SERVERS}/other.yaml:1: {finding}" in found for found in site.findings())


@pytest.mark.parametrize("host", ["0.0.0.0", '"::"', "127.0.0.1"])  # noqa: S104 - as it is written; "::" is for both
def test_a_port_that_two_listeners_have_is_found(site: Written, host: str):
    site.write(f"{SERVERS}/a.yaml", "port: 8000\n")
    site.write(f"{SERVERS}/b.yaml", f"host: {host}\nport: 8000\n")
    site.write(f"{SERVERS}/c.yaml", "host: 192.168.1.9\nport: 1061\n")
    assert site.findings() == [f"{SERVERS}/b.yaml:2: port: port 8000 is that of {SERVERS}/a.yaml, too"]


def test_a_file_that_is_no_name_is_found(site: Written):
    site.write(f"{SERVERS}/2nd.yaml", "port: 8000\n")
    assert site.findings()[0].startswith(f"{SERVERS}/2nd.yaml:1: the file's name is the listener's: expected a name")


def test_a_flag_sets_a_further_listeners_key(site: Written):
    site.write(f"{SERVERS}/display.yaml", "port: 8000\n")
    loaded = site.load({"servers.display.port": "0"})
    assert loaded.listeners["display"].port == 0
    assert loaded.origins["servers.display.port"] == "flag"
    assert site.findings({"servers.displai.port": "0"}) == [
        "--set: servers.displai.port: no further listener's file is named 'displai', did you mean display?"
    ]


def test_listeners_without_their_plug_in_are_said_to_have_no_effect(site: Written):
    site.write("setupfiles/initialization.xml", "<root><plugins/></root>")
    site.write(f"{SERVERS}/display.yaml", "port: 8000\n")
    text = f"{SERVERS}/display.yaml: has no effect: the plug-in RemoteCommandServer is not enabled"
    assert text in site.load().warnings


# --- TLS ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def authority(site: Written) -> Authority:
    folder = site.root / "tls"
    folder.mkdir()
    return Authority(folder)


def test_tls_files_are_looked_for_in_the_site(site: Written, authority: Authority):
    authority.files("pi")
    site.write(FIRST, "tls: {certificate: tls/pi.pem, key: tls/pi.key, ca: tls/ca.pem}\n")
    server = site.load().server
    assert server is not None
    assert server.tls is not None
    assert server.tls.ca == "tls/ca.pem"


def test_a_tls_file_that_is_missing_is_found(site: Written):
    site.write(FIRST, "tls:\n  certificate: tls/pi.pem\n  key: tls/pi.key\n  ca: tls/ca.pem\n")
    assert site.findings() == [
        f"{FIRST}:{line}: tls.{key}: no such file: {site.root}/tls/{file}"
        for line, key, file in ((2, "certificate", "pi.pem"), (3, "key", "pi.key"), (4, "ca", "ca.pem"))
    ]


def test_a_key_of_another_certificate_is_found(site: Written, authority: Authority):
    authority.files("pi")
    authority.files("eva")
    site.write(FIRST, "tls: {certificate: tls/pi.pem, key: tls/eva.key, ca: tls/ca.pem}\n")
    assert site.findings()[0].startswith(f"{FIRST}:1: tls: no TLS can be had of these files: ")


NODE = "name: N\nklass: RemoteFurnaceManager\nhost: 10.0.0.1\ntls:\n  certificate: tls/acq.pem\n  key: tls/acq.key\n"


def test_a_node_is_reached_with_tls_where_its_device_file_says_so(site: Written, authority: Authority):
    authority.files("acq")
    site.write("setupfiles/devices/n.yaml", f"{NODE}  ca: tls/ca.pem\n  name: furnace-pi\n")
    tls = site.load().remotes["N"].model_dump()["tls"]
    assert (tls["ca"], tls["name"]) == ("tls/ca.pem", "furnace-pi")


def test_a_nodes_tls_file_that_is_missing_is_found(site: Written, authority: Authority):
    authority.files("acq")
    site.write("setupfiles/devices/n.yaml", f"{NODE}  ca: tls/nobody.pem\n")
    assert site.findings() == [f"setupfiles/devices/n.yaml:7: tls.ca: no such file: {site.root}/tls/nobody.pem"]
