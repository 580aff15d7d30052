# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the parts of the server together."""

from __future__ import annotations

from pathlib import Path
from typing import Callable, Iterator

from . import wstep, xcep
from .authority import Authority
from .certificate import Issuer
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
    by_password = PolicyService(authority, config.https_url(config.cep_password_path), enrollment.url,
                                by_password=True)
    services = {config.ces_path: (enrollment, wstep.ACTIONS),
                config.cep_path: (policy, xcep.ACTIONS),
                config.cep_password_path: (by_password, xcep.ACTIONS)}
    listener = Listener({
        config.https: soap_handler(services, Acceptor(config.keytab, state),
                                   Endpoints(state, config.host), misbehaviour, config.realm),
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
