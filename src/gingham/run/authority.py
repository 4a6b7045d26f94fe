"""A certificate authority for Plaid's hosts and nothing else, in the user's own folder.

Whoever had its key could pose as these hosts to whoever trusts it. So the key is readable by its owner alone, no
system or browser is told to trust it, and the certificate itself is constrained to the hosts (RFC 5280, 4.2.1.10).
"""

import base64
import hashlib
import os
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from gingham.run.names import NAMES

AUTHORITY_LASTS = timedelta(days=365)
RENEWED_BEFORE = timedelta(days=30)
LEAF_LASTS = timedelta(days=2)
"""A command may run for longer: `beside.py` replaces the leaf every day."""
SKEW = timedelta(hours=1)
"""Clocks of containers and their hosts differ."""


class BadAuthority(Exception):  # noqa: N818  what the user reads, not a fault in here
    """The authority's file is not to be used. The message says why."""


class Authority(NamedTuple):
    key: ec.EllipticCurvePrivateKey
    certificate: x509.Certificate

    def pem(self) -> bytes:
        """The certificate: what clients are given to trust."""
        return self.certificate.public_bytes(Encoding.PEM)

    def leaf(self, key: ec.EllipticCurvePrivateKey) -> bytes:
        """Key and certificate of a server of the hosts, in PEM."""
        usage = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH])
        names = x509.SubjectAlternativeName([x509.DNSName(name) for name in NAMES])
        made = (
            _begun(NAMES[0], key, LEAF_LASTS)
            .issuer_name(self.certificate.subject)
            .add_extension(names, critical=False)
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(signs=False), critical=True)
            .add_extension(usage, critical=False)
            .add_extension(_issuer(self.key), critical=False)
            .sign(self.key, hashes.SHA256())
        )
        return _private(key) + made.public_bytes(Encoding.PEM)


def authority(folder: Path) -> Authority:
    """The authority of the folder; made when there is none or it ends soon. Raises `BadAuthority` and `OSError`."""
    file = folder / "authority.pem"
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder.chmod(0o700)
    found = _read(file)
    if found is not None and found.certificate.not_valid_after_utc < datetime.now(UTC) + RENEWED_BEFORE:
        file.unlink(missing_ok=True)
        found = None
    if found is None:
        _write(file, _made())
        found = _read(file)
    if found is None:
        raise BadAuthority(f"{file} vanished")
    return found


def fingerprint(key: ec.EllipticCurvePrivateKey) -> str:
    """How Chromium names a key: SHA-256 of the SubjectPublicKeyInfo in base64."""
    public = key.public_key().public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    return base64.b64encode(hashlib.sha256(public).digest()).decode()


def new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _made() -> Authority:
    key = new_key()
    hosts_alone = x509.NameConstraints([x509.DNSName(name) for name in NAMES], None)
    begun = _begun("Gingham, on this machine only", key, AUTHORITY_LASTS)
    certificate = (
        begun.issuer_name(
            x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "Gingham, on this machine only")])
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_usage(signs=True), critical=True)
        .add_extension(hosts_alone, critical=True)
        .add_extension(_issuer(key), critical=False)
        .sign(key, hashes.SHA256())
    )
    return Authority(key, certificate)


def _begun(name: str, key: ec.EllipticCurvePrivateKey, lasts: timedelta) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)]))
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - SKEW)
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _issuer(key: ec.EllipticCurvePrivateKey) -> x509.AuthorityKeyIdentifier:
    # Python from 3.13 on refuses certificates without it.
    return x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key())


def _usage(*, signs: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not signs,
        key_cert_sign=signs,
        crl_sign=signs,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _private(key: ec.EllipticCurvePrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _read(file: Path) -> Authority | None:
    try:
        with file.open("rb") as opened:
            status = os.fstat(opened.fileno())
            pem = opened.read()
    except FileNotFoundError:
        return None
    if status.st_uid != os.geteuid() or status.st_mode & 0o077:
        raise BadAuthority(f"{file} can be read by others, so nobody should trust it: delete it")
    try:
        key = load_pem_private_key(pem, None)
        certificate = x509.load_pem_x509_certificate(pem)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        raise BadAuthority(f"{file} holds no key and certificate: delete it") from None
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.public_key() != certificate.public_key():
        raise BadAuthority(f"the key and the certificate in {file} do not belong together: delete it")
    return Authority(key, certificate)


def _write(file: Path, made: Authority) -> None:
    """All or nothing; of several that start at once, the first one's stays."""
    part = file.with_suffix(f".{os.getpid()}")
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
        opened.write(_private(made.key) + made.pem())
    with suppress(FileExistsError):
        file.hardlink_to(part)
    part.unlink()
