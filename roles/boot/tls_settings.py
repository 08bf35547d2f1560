"""The key `tls:` of a listener and of another node's device file: its files, and whether TLS can be had of them."""

from collections.abc import Callable
from pathlib import Path

from pydantic import Field

from roles.boot.document import Document
from roles.boot.findings import Finding
from roles.boot.preferences import Host, Settings
from transports.rpc.tls import TlsFiles

FILES = ("certificate", "key", "ca")


class TlsSettings(Settings):
    """Mutual TLS: files in PEM form, relative to the site's root."""

    certificate: str = Field(min_length=1, description="our certificate, with its chain")
    key: str = Field(min_length=1, description="its private key, without a password")
    ca: str = Field(min_length=1, description="the authority that signs the other ends' certificates")

    def files(self, root: Path) -> TlsFiles:
        """Return the paths of its files in a site."""
        return TlsFiles(*(str(root / getattr(self, key)) for key in FILES))


class NodeTlsSettings(TlsSettings):
    """Mutual TLS to another node."""

    name: Host | None = Field(None, description="whom the node's certificate is for; default: its host")


def look_at_tls(
    tls: TlsSettings, root: Path, document: Document, findings: list[Finding], use: Callable[[TlsFiles], object]
) -> None:
    """Find which of its files are missing, or why `use` (which raises `OSError`) can do nothing with them."""
    paths = {key: root / getattr(tls, key) for key in FILES}
    missing = {key: path for key, path in paths.items() if not path.is_file()}
    findings += [document.finding(("tls", key), f"no such file: {path}") for key, path in missing.items()]
    if not missing:
        try:
            use(tls.files(root))
        except OSError as error:
            findings.append(document.finding(("tls",), f"no TLS can be had of these files: {error}"))
