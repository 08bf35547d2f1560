"""Mutual TLS: the tunnel by itself, and a listener that speaks it."""

import contextlib
import ssl

import pytest

from actors.messages import Move, Query, Reason
from actors.picture import PictureRow
from actors.views import GetNode
from tests.actors.house import PATIENCE_S, Answers, request, until
from tests.transports.rpc.certificates import Authority
from tests.transports.rpc.desk import Client
from tests.transports.rpc.serving import OPEN
from transports.rpc.client import NodeConnection
from transports.rpc.frames import Form, encode
from transports.rpc.node import NodeSettings
from transports.rpc.server import ListenSettings, RemoteCommandServer
from transports.rpc.tls import TlsFailed, TlsFiles, Tunnel, client_context, server_context, tunnels


@pytest.fixture(scope="module")
def authority(tmp_path_factory):
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture(scope="module")
def stranger(tmp_path_factory):
    """Another authority, whom nobody here trusts."""
    return Authority(tmp_path_factory.mktemp("stranger"))


@pytest.fixture(scope="module")
def server_files(authority):
    return authority.files("valve-pi-1")


@pytest.fixture(scope="module")
def client_files(authority):
    return authority.files("eva")


def pair(server_files, client_files, name="127.0.0.1"):
    return Tunnel(server_context(server_files)), Tunnel(client_context(client_files), name)


def shake_hands(server, client, size=10_000):
    """Carry the bytes of the handshake over, in pieces of at most `size`."""
    while moved := client.owed():
        for at in range(0, len(moved), size):
            server.opened(moved[at : at + size])
        back = server.owed()
        for at in range(0, len(back), size):
            client.opened(back[at : at + size])


# --- the tunnel ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [1, 7, 10_000])
def test_what_goes_in_comes_out_however_it_is_cut(server_files, client_files, size):
    server, client = pair(server_files, client_files)
    shake_hands(server, client, size)
    assert server.standing
    assert client.standing
    sealed = client.sealed(b"Open A\r\n" * 5000)
    assert b"Open" not in sealed
    said = b"".join(server.opened(sealed[at : at + size * 100]) for at in range(0, len(sealed), size * 100))
    assert said == b"Open A\r\n" * 5000
    assert client.opened(server.sealed(b"OK\r\n")) == b"OK\r\n"


def test_each_knows_who_the_other_is(server_files, client_files):
    server, client = pair(server_files, client_files)
    assert (server.peer, client.peer) == ("", "")
    shake_hands(server, client)
    assert (server.peer, client.peer) == ("eva", "valve-pi-1")


def test_a_farewell_is_no_break(server_files, client_files):
    server, client = pair(server_files, client_files)
    shake_hands(server, client)
    assert server.opened(client.sealed(b"Goodbye\r\n") + client.farewell()) == b"Goodbye\r\n"
    assert server.ended


def test_a_server_of_another_name_is_not_believed(server_files, client_files):
    server, client = pair(server_files, client_files, "192.168.1.9")
    with pytest.raises(TlsFailed, match="certificate verify failed: IP address mismatch"):
        shake_hands(server, client)
    assert not client.standing


def test_a_server_that_nobody_vouches_for_is_not_believed(stranger, authority, client_files):
    server, client = pair(stranger.files("fake", ca=authority), client_files)
    with pytest.raises(TlsFailed, match="certificate verify failed"):
        shake_hands(server, client)


@pytest.mark.parametrize("said", [b"Open A\r\n", b"{000E}Open A\r\n", b"GET / HTTP/1.1\r\n"])
def test_who_speaks_without_tls_is_told_apart(server_files, client_files, said):
    server, _ = pair(server_files, client_files)
    with pytest.raises(TlsFailed, match="the other end speaks without TLS"):
        server.opened(said)


def test_what_is_tampered_with_is_not_taken(server_files, client_files):
    server, client = pair(server_files, client_files)
    shake_hands(server, client)
    sealed = bytearray(client.sealed(b"Close A\r\n"))
    sealed[-3] ^= 1
    with pytest.raises(TlsFailed):
        server.opened(bytes(sealed))


def test_an_old_tls_is_refused(server_files, client_files):
    old = client_context(client_files)
    old.minimum_version = ssl.TLSVersion.MINIMUM_SUPPORTED
    old.maximum_version = ssl.TLSVersion.TLSv1_2
    server, client = Tunnel(server_context(server_files)), Tunnel(old, "127.0.0.1")
    shake_hands(server, client)
    assert server.standing
    assert server_context(server_files).minimum_version is ssl.TLSVersion.TLSv1_2


# --- a listener ---------------------------------------------------------------------------------------------------


class Sealed(Client):
    """A client behind TLS. `files`: None: it has no certificate."""

    def __init__(self, port, files, authority, **more):
        super().__init__(port, **more)
        context = ssl.create_default_context(cafile=str(authority.file))
        if files is not None:
            context.load_cert_chain(files.certificate, files.key)
        plain = self.socket
        try:
            self.socket = context.wrap_socket(plain, server_hostname="127.0.0.1", suppress_ragged_eofs=False)
        finally:
            plain.close()


@contextlib.contextmanager
def closing_client(desk, files, authority):
    client = Sealed(desk.port, files, authority)
    try:
        yield client
    finally:
        client.close()


@pytest.fixture
def sealed_desk(open_desk, server_files):
    return open_desk(tls=server_files)


@pytest.fixture
def sealed(sealed_desk, client_files, authority):
    client = Sealed(sealed_desk.port, client_files, authority)
    yield client
    client.close()


def test_a_client_with_a_certificate_is_served_and_known_by_its_name(sealed_desk, sealed):
    assert sealed.ask(b"Open A\r\n") == b"OK\r\n"
    asked = sealed_desk.next().request
    assert (asked.by, asked.origin) == ("eva", f"eva@{sealed.address}")
    assert sealed.hello("acq").node == "bench"
    sealed.call("Open A")
    assert sealed_desk.next().request.by == "eva"
    sealed.call("Open A", by="jan@acq/1")
    asked = sealed_desk.next().request
    assert (asked.by, asked.origin) == ("jan@acq/1", f"eva@{sealed.address}")  # it may say so; who it is stays known


def test_the_log_names_who_the_certificate_is_for(sealed, logs):
    sealed.send(b"\0")
    assert sealed.line().startswith(b"ERROR 017")
    assert logs.wait_for("frame.bad")["peer"] == f"eva@{sealed.address}"


@pytest.mark.parametrize("who", ["nobody", "a stranger"])
def test_who_has_no_certificate_of_ours_is_refused_with_one_line(sealed_desk, stranger, authority, logs, who):
    files = stranger.files("mallory") if who == "a stranger" else None
    with pytest.raises((ssl.SSLError, ConnectionError)), closing_client(sealed_desk, files, authority) as client:
        client.ask(b"Open A\r\n")  # with TLS 1.3 it learns only now that it is refused
    why = logs.wait_for("connection.closed")["why"]
    assert why.startswith("TLS: certificate verify failed" if files else "TLS: peer did not return a certificate")
    until(lambda: sealed_desk.connections() == [], "it is gone")
    assert logs.named("connection.closed") == []
    assert sealed_desk.line.all() == []


def test_who_speaks_no_tls_is_refused_and_nothing_of_it_is_run(sealed_desk, logs):
    client = sealed_desk.client()
    client.send(b"Open A\r\n")
    with contextlib.suppress(ConnectionResetError):
        assert b"OK" not in client.line()
    assert logs.wait_for("connection.closed")["why"].startswith("TLS: ")
    assert sealed_desk.line.all() == []


def test_a_handshake_that_does_not_end_is_ended(open_desk, server_files, logs):
    desk = open_desk(tls=server_files, handshake_timeout_s=0.1)
    client = desk.client()
    assert client.is_closed()
    assert logs.wait_for("connection.closed")["why"] == "no TLS handshake within 0.1 s"


def test_a_long_answer_to_a_slow_reader_is_whole(sealed_desk, client_files, authority):
    rows = [PictureRow(f"Valve_{n:04}", "valve", OPEN, locked=False, owner="", doubt="") for n in range(4000)]
    sealed_desk.rows = tuple(rows)
    client = Sealed(sealed_desk.port, client_files, authority, buffer_bytes=4096)
    client.send(b"GetValveStates\r\n" * 20)
    words = {client.line() for _ in range(20)}
    assert len(words) == 1
    assert len(words.pop()) > 40_000
    client.close()


def test_an_orderly_end_is_sealed_too(sealed_desk, sealed):
    """An end that is not could be somebody else's, who cuts it off."""
    assert sealed.ask(encode("Goodbye", Form.BRACED)) == b"{000A}OK\r\n"
    assert sealed.socket.recv(100) == b""
    until(lambda: sealed_desk.connections() == [], "it is gone")
    assert sealed_desk.line.all(Move) == []


def test_many_clients_behind_tls_are_each_served(sealed_desk, client_files, authority):
    clients = [Sealed(sealed_desk.port, client_files, authority) for _ in range(10)]
    for client in clients:
        client.send(b"Open A\r\nGetValveState A\r\n")
    assert {(client.line(), client.line()) for client in clients} == {(b"OK\r\n", b"True\r\n")}
    for client in clients:
        client.close()


def test_certificates_that_are_none_are_one_clear_line(house, server_files, tmp_path):
    (tmp_path / "x.pem").write_text("no certificate")
    files = TlsFiles(str(tmp_path / "x.pem"), server_files.key, server_files.ca)
    RemoteCommandServer.start(house.context, "remote_command_server", ListenSettings(port=0, tls=files))
    failed = house.failures.get(timeout=PATIENCE_S)
    assert failed.error.startswith("CannotListen: tls: ")
    assert failed.exception is None


# --- our own client ------------------------------------------------------------------------------------------------


class Near:
    """A node connection to a desk."""

    def __init__(self, house, port, dig, host="127.0.0.1"):
        self.house = house
        settings = NodeSettings("Far", host, port, timeout_s=2.0, dig=dig)
        house.start(NodeConnection, "node.Far", settings)

    def view(self):
        return self.house.ask("node.Far", GetNode())

    def comes_up(self):
        until(lambda: self.view().status == "up", "it is up")

    def stays_down(self, why):
        until(lambda: why in self.view().detail, f"it is down: {why}")
        assert self.view().status != "up"


def test_our_own_client_commands_behind_tls_in_the_name_of_its_certificate(sealed_desk, client_files):
    near = Near(sealed_desk.house, sealed_desk.port, tunnels(client_files))
    near.comes_up()
    answers = Answers()
    sealed_desk.house.tell("node.Far", Query("GetSetpoint", (), request(answers)))
    assert answers.wait().reason is Reason.BUSY  # there is no furnace, as the far end says
    assert len(sealed_desk.connections()) == 2


def test_a_server_is_looked_at_by_the_name_that_it_is_said_to_have(sealed_desk, client_files):
    near = Near(sealed_desk.house, sealed_desk.port, tunnels(client_files, "valve-pi-9"))
    near.stays_down("TLS: certificate verify failed")
    assert sealed_desk.line.all() == []


def test_our_own_client_without_tls_gets_no_further_than_the_handshake(sealed_desk):
    near = Near(sealed_desk.house, sealed_desk.port, None)
    until(lambda: near.view().status == "down", "it is down")
    assert sealed_desk.line.all() == []


def test_our_own_client_with_tls_tells_a_server_without_nothing(desk, client_files):
    """Not even its name: what it sends is no message."""
    near = Near(desk.house, desk.port, tunnels(client_files))
    near.stays_down("TLS: ")
    assert desk.line.all() == []


def test_a_client_that_says_no_more_behind_tls_still_gets_its_answer(sealed_desk, client_files, desk_socket):
    sealed_desk.hold = True
    near = Tunnel(client_context(client_files), "127.0.0.1")
    desk_socket.sendall(near.owed())
    while not near.standing:
        near.opened(desk_socket.recv(65536))
        desk_socket.sendall(near.owed())
    desk_socket.sendall(near.sealed(b"Open A\r\n") + near.farewell())
    move = sealed_desk.next()
    sealed_desk.house.quiet()
    sealed_desk.end(move)
    said = b""
    while not near.ended:
        data = desk_socket.recv(65536)
        assert data, said
        said += near.opened(data)
    assert said == b"OK\r\n"
    until(lambda: sealed_desk.connections() == [], "it is gone")


@pytest.fixture
def desk_socket(sealed_desk):
    client = sealed_desk.client()
    yield client.socket
    client.close()
