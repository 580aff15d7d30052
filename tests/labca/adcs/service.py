# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts of the server together."""

from __future__ import annotations

from pathlib import Path
from typing import Callable

from cryptography.hazmat.primitives.serialization import Encoding

from . import wstep, xcep
from .authority import Authority
from .certificate import Issuer
from .commands import Commands
from .config import read_config
from .control import ControlServer
from .directory import Directory
from .keys import load_pair
from .misbehaviour import Misbehaviour
from .negotiate import Acceptor
from .server import Listener
from .sites import crl_handler, soap_handler
from .store import Store
from .tls import Endpoints
from .wstep import EnrollmentService
from .xcep import PolicyService


def start(state: Path, conf: Path) -> Callable[[], None]:
    """Start serving; the result stops it. The directory is read when the first request comes."""
    state = state.resolve()
    config = read_config(conf)
    misbehaviour = Misbehaviour()
    store = Store(state / "requests.sqlite")
    authority = Authority(
        Issuer(config, *load_pair(state, "ca")), store, Directory(config, state),
        state / f"{config.name}.crl", misbehaviour)
    authority.publish_crl()
    enrollment = EnrollmentService(authority, config.https_url(config.ces_path))
    policy = PolicyService(authority, config.https_url(config.cep_path), enrollment.url)
    by_password = PolicyService(authority, config.https_url(config.cep_password_path), enrollment.url,
                                by_password=True)
    certificate = authority.issuer.certificate.public_bytes(Encoding.DER)
    files = {
        config.crl_path: ("application/pkix-crl", authority.read_crl),
        config.aia_path: ("application/pkix-cert", lambda: certificate),
    }
    services = {config.ces_path: (enrollment, wstep.ACTIONS),
                config.cep_path: (policy, xcep.ACTIONS),
                config.cep_password_path: (by_password, xcep.ACTIONS)}
    listener = Listener({
        config.https: soap_handler(services, Acceptor(config.keytab, state),
                                   Endpoints(state, config.host), misbehaviour, config.realm),
        config.http: crl_handler(files),
    })
    listener.up()
    ControlServer(state, Commands(authority, listener, misbehaviour).table())

    def stop() -> None:
        listener.down()
        store.close()

    return stop
