# SPDX-License-Identifier: GPL-3.0-or-later
"""The command line: setup, serve, ctl."""

from __future__ import annotations

import argparse
import json
import signal
import sys
from pathlib import Path
from typing import Any, Dict, List, Optional

from . import control
from .misbehaviour import Mode


def main(arguments: Optional[List[str]] = None) -> int:
    """Exit status 0 done, 1 refused or failed, 2 usage."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.run(options) or 0)
    except (OSError, RuntimeError, ValueError) as error:
        print(f"labca: {error}", file=sys.stderr)
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="labca", description="A lab CA that behaves as AD CS.")
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    setup = verbs.add_parser("setup", help="make the CA, the DC's and the web server's certificate")
    setup.add_argument("directory", type=Path)
    setup.add_argument("--name", default="LAB-CA")
    setup.add_argument("--realm", default="LAB.TEST")
    setup.add_argument("--dc", default="dc1.lab.test")
    setup.add_argument("--host", default="ca1.lab.test")
    setup.set_defaults(run=_setup)
    kdc = verbs.add_parser("kdc-certificate", help="make another KDC's certificate")
    kdc.add_argument("directory", type=Path)
    kdc.add_argument("--out", type=Path, required=True, help="where kdc.pem and kdc.key go")
    kdc.add_argument("--realm", required=True)
    kdc.add_argument("--host", required=True)
    kdc.set_defaults(run=_kdc_certificate)
    serve = verbs.add_parser("serve", help="serve in the foreground; prints 'ready'")
    serve.add_argument("--dir", type=Path, required=True)
    serve.add_argument("--conf", type=Path, required=True)
    serve.set_defaults(run=_serve)
    ctl = verbs.add_parser("ctl", help="speak to the server of a directory")
    ctl.add_argument("--dir", type=Path, required=True)
    ctl.add_argument("--json", action="store_true", help="one JSON value instead of text")
    _add_controls(ctl.add_subparsers(required=True, metavar="COMMAND", dest="command"))
    ctl.set_defaults(run=_ctl)
    return parser


def _add_controls(verbs: Any) -> None:
    verbs.add_parser("list", help="all requests")
    approve = verbs.add_parser("approve", help="issue a pending request")
    approve.add_argument("request_id", type=int, metavar="ID")
    deny = verbs.add_parser("deny", help="deny a pending request")
    deny.add_argument("request_id", type=int, metavar="ID")
    deny.add_argument("reason", nargs="?", default="")
    revoke = verbs.add_parser("revoke", help="revoke a certificate and publish the CRL")
    revoke.add_argument("serial", help="hexadecimal")
    revoke.add_argument("reason", nargs="?", default="unspecified")
    verbs.add_parser("crl", help="publish the CRL")
    verbs.add_parser("renew", help="give the CA a new key and certificate")
    verbs.add_parser("down", help="refuse connections")
    verbs.add_parser("up", help="accept them again")
    fault = verbs.add_parser("fault", help="misbehave")
    fault.add_argument("mode", choices=[mode.value for mode in Mode])
    fault.add_argument("seconds", type=float, nargs="?", default=0.0, help="for mode slow")
    fault.add_argument("--times", type=int, help="behave again after so many times")
    points = verbs.add_parser("points", help="where certificates say that the revocation list is")
    points.add_argument("where", choices=("http", "ldap", "both"))
    validity = verbs.add_parser("validity", help="certificates that last SECONDS; 0: as usual")
    validity.add_argument("seconds", type=int)
    clock = verbs.add_parser("clock", help="the CA's clock runs SECONDS ahead; 0: it is right")
    clock.add_argument("seconds", type=int)


def _setup(options: argparse.Namespace) -> None:
    from .setup import setup
    setup(options.directory, options.name, options.realm, options.dc, options.host)


def _kdc_certificate(options: argparse.Namespace) -> None:
    from .kdc import make_kdc
    make_kdc(options.directory, options.out, options.realm, options.host)


def _ctl(options: argparse.Namespace) -> None:
    own = ("run", "dir", "json", "command")
    arguments: Dict[str, Any] = {k: v for k, v in vars(options).items() if k not in own}
    result = control.call(options.dir, options.command, **arguments)
    if options.json:
        print(json.dumps(result))
    elif result is not None:
        for row in result if isinstance(result, list) else [result]:
            print(_line(row))


def _line(row: Dict[str, Any]) -> str:
    """One request for people."""
    who = row["requester"]
    if row["subject"] not in ("", who):
        who += f" for {row['subject']}"
    revoked = f"revoked: {row['reason']}" if row["revoked"] else row["message"]
    return (f"{row['id']:4}  {row['disposition']:8}  {who:24}  {row['template'] or '-':20}  "
            f"{row['serial'] or '-'}  {revoked}")


def _serve(options: argparse.Namespace) -> None:
    from .service import start
    signals = {signal.SIGINT, signal.SIGTERM}
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    stop = start(options.dir, options.conf)
    print("ready", flush=True)
    signal.sigwait(signals)
    stop()
