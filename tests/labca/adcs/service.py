# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts of the server together."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterator

from . import wstep, xcep
from .authority import Authority
from .certificate import Issuer
from .client_certificate import ClientCertificates
from .commands import Commands
from .config import Config, read_config
from .control import ControlServer
from .directory import Directory
from .keys import issuer_stem, load_pair
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
    authority = Authority(list(_issuers(config, state)), store, Directory(config, state), state, misbehaviour)
    authority.publish_crl()
    enrollment = EnrollmentService(authority, config.https_url(config.ces_path))
    policy = PolicyService(authority, config.https_url(config.cep_path), enrollment.url)
    services = {
        config.ces_path: (enrollment, wstep.ACTIONS),
        config.cep_path: (policy, xcep.ACTIONS),
        config.ces_password_path: (
            EnrollmentService(authority, config.https_url(config.ces_password_path), by_password=True),
            wstep.ACTIONS),
        config.cep_password_path: (
            PolicyService(authority, config.https_url(config.cep_password_path), enrollment.url,
                          by_password=True), xcep.ACTIONS),
    }
    by_certificate = {
        config.ces_certificate_path: (
            EnrollmentService(authority, config.https_certificate_url(config.ces_certificate_path)),
            wstep.ACTIONS),
        config.cep_certificate_path: (
            PolicyService(authority, config.https_certificate_url(config.cep_certificate_path),
                          enrollment.url), xcep.ACTIONS),
    }
    acceptor = Acceptor(config.keytab, state)
    listener = Listener({
        config.https: soap_handler(services, acceptor, Endpoints(state, config.host), misbehaviour,
                                   config.realm),
        config.https_certificate: soap_handler(
            by_certificate, acceptor, Endpoints(state, config.host, ask_for_certificate=True),
            misbehaviour, config.realm, ClientCertificates(lambda: authority.trust, config.realm)),
        config.http: crl_handler(authority.published),
    })
    listener.up()
    ControlServer(state, Commands(authority, listener, misbehaviour).table())

    def stop() -> None:
        listener.down()
        store.close()

    return stop


def _issuers(config: Config, state: Path) -> Iterator[Issuer]:
    """The CA as it was made, and after each renewal."""
    generation = 0
    while generation == 0 or (state / f"{issuer_stem(generation)}.pem").exists():
        yield Issuer(config, *load_pair(state, issuer_stem(generation)), generation)
        generation += 1
