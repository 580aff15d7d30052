# SPDX-License-Identifier: GPL-3.0-or-later
"""What `setup` writes, the configuration, the keytab's account, and the control socket."""

import stat
import tempfile
import unittest
from pathlib import Path
from typing import Any, Dict

from cryptography import x509

from adcs import control, oids
from adcs.config import Config, read_config
from adcs.directory import DirectoryError, first_user_principal
from adcs.keys import load_pair
from adcs.setup import setup


def keytab(*principals: str) -> bytes:
    """A keytab with an entry for each principal and no keys worth the name."""
    def text(value: str) -> bytes:
        return len(value).to_bytes(2, "big") + value.encode()

    entries = b"\x05\x02"
    for principal in principals:
        name, _, realm = principal.partition("@")
        parts = name.split("/")
        body = len(parts).to_bytes(2, "big") + text(realm) + b"".join(map(text, parts)) + b"\0" * 16
        entries += len(body).to_bytes(4, "big") + body
    return entries


class SetupTest(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory(prefix="labca-test-")
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def test_three_pairs_are_made_and_their_keys_are_private(self) -> None:
        setup(self.folder)
        ca, _ = load_pair(self.folder, "ca")
        self.assertEqual(ca.subject.rfc4514_string(), "CN=LAB-CA,DC=lab,DC=test")
        self.assertEqual(x509.load_der_x509_certificate((self.folder / "ca.der").read_bytes()), ca)
        for stem in ("ca", "dc", "web"):
            certificate, key = load_pair(self.folder, stem)
            self.assertEqual(certificate.public_key().public_numbers(),
                             key.public_key().public_numbers())
            self.assertEqual(certificate.issuer, ca.subject)
            mode = (self.folder / f"{stem}.key").stat().st_mode
            self.assertEqual(stat.S_IMODE(mode), 0o600)

    def test_the_domain_controller_can_serve_tls_and_pkinit(self) -> None:
        setup(self.folder)
        extensions = load_pair(self.folder, "dc")[0].extensions
        names = extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        self.assertEqual(names.get_values_for_type(x509.DNSName), ["dc1.lab.test", "lab.test"])
        kdc = names.get_values_for_type(x509.OtherName)[0]
        self.assertEqual(kdc.type_id.dotted_string, oids.PKINIT_SAN)
        self.assertEqual(kdc.value, bytes.fromhex(
            "302ba00a1b08") + b"LAB.TEST" + bytes.fromhex("a11d301ba003020102a1143012")
            + b"\x1b\x06krbtgt\x1b\x08LAB.TEST")
        purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
        self.assertEqual({item.dotted_string for item in purposes},
                         {oids.SERVER_AUTH, oids.CLIENT_AUTH, oids.KDC_AUTH})

    def test_a_configuration_has_the_labs_defaults(self) -> None:
        path = self.folder / "ca.ini"
        path.write_text("[ca]\nhttps = 127.0.0.1:8443\n[directory]\nkeytab = /k\n")
        self.assertEqual(read_config(path), Config(keytab="/k", https=("127.0.0.1", 8443)))
        self.assertEqual(read_config(path).https_url("/x"), "https://ca1.lab.test:8443/x")

    def test_an_unknown_key_is_named(self) -> None:
        path = self.folder / "ca.ini"
        path.write_text("[ca]\nport = 1\n")
        with self.assertRaisesRegex(ValueError, r"unknown key 'port' in section \[ca\]"):
            read_config(path)

    def test_the_first_account_of_a_keytab_is_found(self) -> None:
        table = keytab("HTTP/ca1.lab.test@LAB.TEST", "ca1$@LAB.TEST", "other@LAB.TEST")
        self.assertEqual(first_user_principal(table), "ca1$@LAB.TEST")
        for bad in (b"", b"\x05\x01", keytab("HTTP/x@Y"), table[:20]):
            with self.assertRaises(DirectoryError):
                first_user_principal(bad)


class ControlTest(unittest.TestCase):
    def test_commands_are_run_and_their_failures_told(self) -> None:
        def add(left: int, right: int) -> Dict[str, Any]:
            if right == 0:
                raise ValueError("nothing to add")
            return {"sum": left + right}

        with tempfile.TemporaryDirectory(prefix="labca-test-") as folder:
            state = Path(folder) / ("long" * 30)
            state.mkdir()
            control.ControlServer(state, {"add": add})
            self.assertEqual(control.call(state, "add", left=1, right=2), {"sum": 3})
            with self.assertRaisesRegex(RuntimeError, "nothing to add"):
                control.call(state, "add", left=1, right=0)
            with self.assertRaisesRegex(RuntimeError, "unknown command 'take'"):
                control.call(state, "take")


if __name__ == "__main__":
    unittest.main()
