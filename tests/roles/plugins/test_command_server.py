"""From a site's files to what its listeners are told."""

import resource
import socket
from pathlib import Path

import pytest

from roles.boot.site import load_site
from roles.catalog import vocabulary
from roles.plugins.command_server import listen_settings, listeners, look_at_ports
from tests.transports.rpc.certificates import Authority
from transports.rpc.listening import ListenSettings, PortTaken, TooManyConnections
from transports.rpc.tls import TlsFiles
from transports.rpc.verbs import DEVICES, LINE

PLUGINS = """<root><plugins><general><plugin enabled="true">ExtractionLine</plugin>
<plugin enabled="true">RemoteCommandServer</plugin></general></plugins></root>"""
EVERY_KEY = """port: 1062
host: 192.168.1.9
allow: [192.168.1.0/24]
framing: [plain, bare_length]
compat: pychron
read_only: true
tls: {certificate: tls/pi.pem, key: tls/pi.key, ca: tls/ca.pem}
max_connections: 17
max_message: 4096
max_rate: 50
max_unsent: 70000
handshake_timeout: 3.5
idle_timeout: 30
"""


@pytest.fixture
def root(tmp_path):
    (tmp_path / "setupfiles" / "servers").mkdir(parents=True)
    (tmp_path / "setupfiles" / "initialization.xml").write_text(PLUGINS)
    return tmp_path


@pytest.fixture
def taken_port():
    with socket.create_server(("127.0.0.1", 0)) as held:
        yield held.getsockname()[1]


def write(root: Path, name: str, text: str):
    (root / "setupfiles" / "servers" / f"{name}.yaml").write_text(text)
    return load_site(root, vocabulary=vocabulary("valve_controller"))


def test_every_key_of_a_file_reaches_its_listener(root):
    (root / "tls").mkdir()
    Authority(root / "tls").files("pi")
    site = write(root, "display", EVERY_KEY)
    assert listen_settings(site, listeners(site)["remote_command_server.display"]) == ListenSettings(
        host="192.168.1.9",
        port=1062,
        allow=("192.168.1.0/24",),
        framing=frozenset({"plain", "bare_length"}),
        pychron=True,
        read_only=True,
        tls=TlsFiles(*(str(root / "tls" / name) for name in ("pi.pem", "pi.key", "ca.pem"))),
        max_connections=17,
        idle_timeout_s=30.0,
        handshake_timeout_s=3.5,
        messages_per_s=50,
        max_message_bytes=4096,
        max_unsent_bytes=70_000,
        fingerprint=site.fingerprint,
        services=frozenset({LINE, DEVICES}),
    )


def test_a_file_that_says_nothing_is_what_a_listener_is_by_itself(root):
    site = write(root, "remote_command_server", "")
    wanted = ListenSettings(fingerprint=site.fingerprint, services=frozenset({LINE, DEVICES}))
    assert listen_settings(site, listeners(site)["remote_command_server"]) == wanted


def test_the_ports_and_files_of_all_listeners_are_looked_at_together(root, taken_port, monkeypatch):
    monkeypatch.setattr(resource, "getrlimit", lambda _what: (1024, 1024))
    write(root, "remote_command_server", "port: 0\nmax_connections: 600\n")
    site = write(root, "display", "port: 0\nmax_connections: 600\n")
    with pytest.raises(TooManyConnections, match="max_connections 1200: this process may have"):
        look_at_ports(site)
    write(root, "remote_command_server", "port: 0\n")
    with pytest.raises(PortTaken, match=f"cannot listen on 127.0.0.1:{taken_port}"):
        look_at_ports(write(root, "display", f"port: {taken_port}\n"))
