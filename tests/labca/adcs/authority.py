# SPDX-License-Identifier: GPL-3.0-or-later
"""The certification authority: requests in, certificates and CRLs out. MS-WCCE 3.2.1.4.2.1."""

from __future__ import annotations

import threading
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from pathlib import Path
from typing import Dict, Mapping, Optional, Protocol, Sequence, Tuple

from cryptography import x509

from . import certificate, cmc, crl, policy
from .certificate import Issuer
from .directory import NoSuchAccount, Requester, Snapshot
from .formats import read_request
from .hresult import Denied, HResult
from .keys import DER, issuer_stem, new_key, not_after, replace_file, write_pair
from .misbehaviour import Misbehaviour, Mode
from .request import Request
from .setup import make_ca
from .store import Row, Store
from .template import Template
from .trust import Trust

ISSUED, PENDING, DENIED = "Issued", "Taken Under Submission", "Denied by Policy Module"


class DirectoryReader(Protocol):
    """What the CA wants of a directory (directory.Directory, or a test's)."""

    def snapshot(self) -> Snapshot: ...

    def requester(self, principal: str) -> Requester: ...


@dataclass(frozen=True)
class Outcome:
    """An answer that is no refusal: issued where there is a certificate, else pending."""

    request_id: int
    message: str
    response: bytes
    certificate: Optional[bytes] = None


class Refused(Exception):
    """A refusal as it goes to the client."""

    def __init__(self, code: HResult, message: str, response: bytes,
                 request_id: Optional[int] = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.response = response
        self.request_id = request_id


class Authority:
    """The CA of one state directory; safe for threads, one request at a time."""

    def __init__(self, issuers: Sequence[Issuer], store: Store, directory: DirectoryReader,
                 state: Path, misbehaviour: Misbehaviour) -> None:
        self.issuers = list(issuers)
        self.store = store
        self.directory = directory
        self._state = state
        self._misbehaviour = misbehaviour
        self._lock = threading.RLock()

    @property
    def issuer(self) -> Issuer:
        """The CA as it issues now."""
        return self.issuers[-1]

    @property
    def trust(self) -> Trust:
        return Trust([issuer.certificate for issuer in self.issuers], self.store.is_revoked)

    def submit(self, principal: str, token: bytes, attributes: Mapping[str, str]) -> Outcome:
        """A new request of an authenticated caller; raises Refused."""
        with self._lock:
            request_id = self.store.add_request(principal, token)
            try:
                return self._process(request_id, principal, token, attributes)
            except Denied as denied:
                message = f"{DENIED}. {denied.message}"
                self.store.resolve(request_id, "denied", message, code=int(denied.code))
                raise self._refused(denied.code, message, request_id) from denied
            except Exception as error:
                self.store.resolve(request_id, "failed", str(error))
                raise

    def query(self, principal: str, request_id: int) -> Outcome:
        """The state of a request; only who submitted it may ask."""
        row = self.store.request(request_id)
        if row is None:
            raise self._refused(HResult.NO_REQUEST, HResult.NO_REQUEST.text, None)
        if row.requester != principal:
            raise self._refused(HResult.ACCESS_DENIED, HResult.ACCESS_DENIED.text, row.id)
        if row.disposition not in ("issued", "pending"):
            raise self._refused(HResult(row.code or HResult.INVALID_DATA), row.message, row.id)
        return self._outcome(row)

    def approve(self, request_id: int) -> Row:
        """What a certificate manager does to a pending request."""
        with self._lock:
            row = self._pending_row(request_id)
            snapshot = self.directory.snapshot()
            template = snapshot.templates.get(row.template)
            if template is None:
                raise ValueError(f"template '{row.template}' is gone from the directory")
            self._issue(row.id, self.directory.requester(row.subject), template,
                        read_request(row.token))
            return self.store.request(request_id) or row

    def deny(self, request_id: int, reason: str) -> None:
        """Likewise, with a sentence for the requester."""
        with self._lock:
            row = self._pending_row(request_id)
            denied = Denied(HResult.ADMIN_DENIED_REQUEST, reason)
            self.store.resolve(row.id, "denied", denied.message, code=int(denied.code))

    def revoke(self, serial: int, reason: str) -> None:
        """Revoke and publish at once."""
        if reason not in crl.REASONS:
            raise ValueError(f"unknown reason '{reason}'; known are {', '.join(crl.REASONS)}")
        with self._lock:
            if not self.store.revoke(serial, reason):
                raise ValueError(f"no certificate {serial:x} that could be revoked")
            self.publish_crl()

    def publish_crl(self) -> None:
        """One for each key: a certificate's own issuer answers for it."""
        with self._lock:
            for issuer in self.issuers:
                number = self.store.next_crl_number()
                replace_file(self._crl_file(issuer), crl.build(issuer, number, self.store.revoked()))

    def renew(self) -> None:
        """A new key and certificate for the same name; what was issued before stays good."""
        with self._lock:
            config = self.issuer.config
            certificate, key = make_ca(config.name, config.realm.lower())
            generation = self.issuer.generation + 1
            write_pair(self._state, issuer_stem(generation), certificate, key)
            self.issuers.append(Issuer(config, certificate, key, generation))
            self.publish_crl()

    def published(self) -> Dict[str, Tuple[str, bytes]]:
        """What anybody may fetch: path -> (content type, content)."""
        files = {}
        for issuer in self.issuers:
            files[issuer.crl_path] = ("application/pkix-crl", self._crl_file(issuer).read_bytes())
            files[issuer.aia_path] = ("application/pkix-cert", issuer.certificate.public_bytes(DER))
        return files

    def _crl_file(self, issuer: Issuer) -> Path:
        return self._state / Path(issuer.crl_path).name

    def _process(self, request_id: int, principal: str, token: bytes,
                 attributes: Mapping[str, str]) -> Outcome:
        request = read_request(token)
        snapshot = self.directory.snapshot()
        template = policy.find_template(snapshot, request, attributes)
        self.store.name(request_id, template.cn, request.on_behalf_of or principal)
        caller = self.directory.requester(principal)
        subject = self._subject(request, caller)
        decision = policy.decide(snapshot, caller, subject, request, attributes, self.trust)
        if self._misbehaviour.take(Mode.DENIED):
            raise Denied(HResult.ADMIN_DENIED_REQUEST, "It is one of those days.")
        if decision.pending or self._misbehaviour.take(Mode.PENDING):
            self.store.resolve(request_id, "pending", PENDING)
        else:
            self._issue(request_id, subject, template, decision.request)
        row = self.store.request(request_id)
        assert row is not None
        return self._outcome(row)

    def _subject(self, request: Request, caller: Requester) -> Requester:
        """Whose names the certificate will bear."""
        if request.on_behalf_of is None:
            return caller
        try:
            return self.directory.requester(request.on_behalf_of)
        except NoSuchAccount as error:
            raise Denied(HResult.NO_SUCH_USER, f"'{request.on_behalf_of}':") from error

    def _issue(self, request_id: int, subject: Requester, template: Template,
               request: Request) -> None:
        wrong, issuer, other_key = self._misbehaviour, self.issuer, None
        if wrong.take(Mode.WRONG_KEY):
            other_key = new_key().public_key()
        if wrong.take(Mode.WRONG_TEMPLATE):
            template = replace(template, cn=f"Not{template.cn}", oid=f"{template.oid}.1")
        if wrong.take(Mode.FOREIGN_ISSUER):
            issuer = replace(issuer, key=new_key())
        made = certificate.build(issuer, template, subject, request, wrong.validity_seconds,
                                 other_key, wrong.crl_points)
        self.store.add_certificate(
            request_id, made.serial_number, made.public_bytes(DER),
            int(not_after(made).timestamp()), ISSUED)

    def _outcome(self, row: Row) -> Outcome:
        if row.certificate is None:
            when = datetime.fromtimestamp(row.submitted, timezone.utc)
            response = cmc.pending(self.issuer, row.id, when, row.message)
            return Outcome(row.id, row.message, response)
        issued = x509.load_der_x509_certificate(row.certificate)
        response = cmc.issued(self.issuer, issued, row.message)
        return Outcome(row.id, row.message, response, row.certificate)

    def _pending_row(self, request_id: int) -> Row:
        row = self.store.request(request_id)
        if row is None:
            raise ValueError(f"there is no request {request_id}")
        if row.disposition != "pending":
            raise ValueError(f"request {request_id} is not pending but {row.disposition}")
        return row

    def _refused(self, code: HResult, message: str, request_id: Optional[int]) -> Refused:
        return Refused(code, message, cmc.failed(self.issuer, message), request_id)
