# SPDX-License-Identifier: GPL-3.0-or-later
"""The server's configuration file."""

from __future__ import annotations

import configparser
from dataclasses import dataclass
from pathlib import Path
from typing import Tuple

Address = Tuple[str, int]


@dataclass(frozen=True)
class Config:
    """What `serve --conf FILE` reads; every key but the keytab has the lab's value as its default."""

    keytab: str = ""
    name: str = "LAB-CA"
    host: str = "ca1.lab.test"
    https: Address = ("127.0.0.20", 443)
    https_certificate: Address = ("127.0.0.20", 8443)
    http: Address = ("127.0.0.20", 80)
    realm: str = "LAB.TEST"
    dc: str = "dc1.lab.test"
    account: str = ""
    backdate: int = 600
    crl_hours: int = 24

    @property
    def cep_path(self) -> str:
        """MS-XCEP names no path; this is the one AD CS installs (Kerberos)."""
        return "/ADPolicyProvider_CEP_Kerberos/service.svc/CEP"

    @property
    def cep_password_path(self) -> str:
        return "/ADPolicyProvider_CEP_UsernamePassword/service.svc/CEP"

    @property
    def cep_certificate_path(self) -> str:
        return "/ADPolicyProvider_CEP_Certificate/service.svc/CEP"

    @property
    def ces_path(self) -> str:
        return f"/{self.name}_CES_Kerberos/service.svc/CES"

    @property
    def ces_password_path(self) -> str:
        return f"/{self.name}_CES_UsernamePassword/service.svc/CES"

    @property
    def ces_certificate_path(self) -> str:
        return f"/{self.name}_CES_Certificate/service.svc/CES"

    @property
    def crl_path(self) -> str:
        return f"/crl/{self.name}.crl"

    @property
    def aia_path(self) -> str:
        return f"/aia/{self.name}.crt"

    def https_url(self, path: str) -> str:
        return self._https_url(self.https[1], path)

    def https_certificate_url(self, path: str) -> str:
        """Of the port at which TLS asks for a client certificate."""
        return self._https_url(self.https_certificate[1], path)

    def _https_url(self, number: int, path: str) -> str:
        port = "" if number == 443 else f":{number}"
        return f"https://{self.host}{port}{path}"

    def http_url(self, path: str) -> str:
        port = "" if self.http[1] == 80 else f":{self.http[1]}"
        return f"http://{self.host}{port}{path}"


def _address(text: str) -> Address:
    host, _, port = text.strip().rpartition(":")
    return host, int(port)


def read_config(path: Path) -> Config:
    """Read sections [ca] and [directory]; an unknown key is an error, not a surprise."""
    ini = configparser.ConfigParser(interpolation=None)
    with open(path, encoding="utf-8") as stream:
        ini.read_file(stream)
    readers = {
        "name": str, "host": str, "https": _address, "https_certificate": _address,
        "http": _address, "backdate": int, "crl_hours": int, "realm": str, "dc": str, "keytab": str, "account": str,
    }
    values = {}
    for section in ini.sections():
        for key, text in ini[section].items():
            if section not in ("ca", "directory") or key not in readers:
                raise ValueError(f"{path}: unknown key '{key}' in section [{section}]")
            values[key] = readers[key](text)
    return Config(**values)
