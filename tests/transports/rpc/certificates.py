"""Certificates of an authority that is made for the test."""

import trustme

from transports.rpc.tls import TlsFiles


class Authority:
    """Signs certificates, and keeps them as files in a folder."""

    def __init__(self, folder, name="ca"):
        self._ca, self._folder = trustme.CA(), folder
        self.file = folder / f"{name}.pem"
        self._ca.cert_pem.write_to_path(str(self.file))

    def files(self, name, *, ca=None, address="127.0.0.1"):
        """Return the files of who is called `name`, at `address`; who trusts `ca`, or this authority."""
        signed = self._ca.issue_cert(address, common_name=name)
        certificate, key = self._folder / f"{name}.pem", self._folder / f"{name}.key"
        certificate.write_bytes(b"".join(blob.bytes() for blob in signed.cert_chain_pems))
        signed.private_key_pem.write_to_path(str(key))
        return TlsFiles(str(certificate), str(key), str((ca or self).file))
