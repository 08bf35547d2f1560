"""Mutual TLS for a socket that does not block: sealed bytes in, plain bytes out, and the other way round. No I/O.

Both ends show a certificate, and each looks whether the other's was signed by the site's own authority: the one way to
know who commands. A `Tunnel` is fed what a socket has received, and its `owed` bytes are to be sent after every step.
"""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

READ_BYTES = 65_536
LONGEST_NAME = 80
_NOT_SEALED = ("wrong version number", "http request", "unknown protocol")  # OpenSSL's words for plain bytes


class TlsFailed(Exception):
    """The other end is not who it should be, or speaks no TLS: the connection is over."""


@dataclass(frozen=True, slots=True)
class TlsFiles:
    """Paths of PEM files: our certificate with its chain, its key, and the authority that signs the other ends'."""

    certificate: str
    key: str
    ca: str


def server_context(files: TlsFiles) -> ssl.SSLContext:
    """Return what a listener's tunnels are made with: TLS 1.2 or later, and a certificate asked of every client.

    Raises:
        OSError: a file cannot be read, or is not what it should be (`ssl.SSLError` is one).
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.verify_mode = ssl.CERT_REQUIRED
    context.num_tickets = 0  # nobody resumes: a connection lasts
    return _filled(context, files)


def client_context(files: TlsFiles) -> ssl.SSLContext:
    """Return what a client's tunnels are made with; it looks at the server's name, too.

    Raises:
        OSError: as `server_context`.
    """
    return _filled(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT), files)


def tunnels(files: TlsFiles, name: str = "") -> Callable[[str], "Tunnel"]:
    """Return what makes a client's tunnels to a host; `name`: whom its certificate is for, where not for the host.

    Raises:
        OSError: as `server_context`.
    """
    context = client_context(files)
    return lambda host: Tunnel(context, name or host)


def _filled(context: ssl.SSLContext, files: TlsFiles) -> ssl.SSLContext:
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(files.certificate, files.key, password=_no_password)
    context.load_verify_locations(files.ca)
    return context


def _no_password() -> str:
    """Return none: OpenSSL would ask for it on the terminal."""
    return ""


class Tunnel:
    """One connection's TLS. One thread at a time.

    Args:
        context: `server_context(...)`, or with a `server_name` `client_context(...)`.
        server_name: name or address that the server's certificate must be for; None: this end is the server.

    Attributes:
        standing: the handshake is over; before that nothing can be sealed.
        ended: the other end has said that it sends no more.
    """

    def __init__(self, context: ssl.SSLContext, server_name: str | None = None) -> None:
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        server_side = server_name is None
        self._tls = context.wrap_bio(self._in, self._out, server_side=server_side, server_hostname=server_name)
        self.standing = self.ended = False
        if not server_side:
            self._shake_hands()

    def opened(self, data: bytes) -> bytes:
        """Take what the socket received; return what it says, b"" as long as that is nothing.

        Raises:
            TlsFailed: the connection is over; what is `owed` tells the other end why.
        """
        self._in.write(data)
        try:
            if not self.standing:
                self._shake_hands()
            return self._read() if self.standing else b""
        except ssl.SSLError as error:
            raise TlsFailed(reason_of(error)) from error

    def sealed(self, data: bytes) -> bytes:
        """Return the bytes that say `data`, with whatever was owed before it."""
        self._tls.write(data)
        return self._out.read()

    def owed(self) -> bytes:
        """Return what has to be sent now: a step of the handshake, or an alert; mostly b""."""
        return self._out.read() if self._out.pending else b""

    def farewell(self) -> bytes:
        """Return the bytes that say that no more will come: without them it might be somebody else who cut it off."""
        try:
            self._tls.unwrap()
        except ssl.SSLError:
            return self._out.read()  # the other end's farewell is not waited for
        return self._out.read()

    @property
    def peer(self) -> str:
        """Return the common name of the other end's certificate, as it can be shown; "" before the handshake's end."""
        certificate = (self._tls.getpeercert() if self.standing else None) or {}
        parts = cast("tuple[tuple[tuple[str, str], ...], ...]", certificate.get("subject", ()))
        name = next((value for part in parts for key, value in part if key == "commonName"), "")
        return (name if name.isprintable() else ascii(name)[1:-1])[:LONGEST_NAME]

    def _shake_hands(self) -> None:
        try:
            self._tls.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.standing = True

    def _read(self) -> bytes:
        parts = []
        while True:
            try:
                part = self._tls.read(READ_BYTES)
            except ssl.SSLWantReadError:
                break
            except ssl.SSLZeroReturnError:
                part = b""
            if not part:
                self.ended = True
                break
            parts.append(part)
        return b"".join(parts)


def reason_of(error: ssl.SSLError) -> str:
    """Return in plain words why there is no tunnel."""
    verdict = getattr(error, "verify_message", "")
    words = (error.reason or str(error)).replace("_", " ").lower()
    if words in _NOT_SEALED:
        return f"{words}: the other end speaks without TLS"
    return f"{words}: {verdict}" if verdict else words
