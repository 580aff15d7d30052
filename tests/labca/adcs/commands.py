# SPDX-License-Identifier: GPL-3.0-or-later
"""What `ctl` can have the server do."""

from __future__ import annotations

from typing import Any, Dict, List, Optional

from . import keys
from .authority import Authority
from .misbehaviour import Misbehaviour, Mode
from .server import Listener
from .store import Row


class Commands:
    """The commands by name; arguments and results are plain JSON values."""

    def __init__(self, authority: Authority, listener: Listener,
                 misbehaviour: Misbehaviour) -> None:
        self._authority = authority
        self._listener = listener
        self._misbehaviour = misbehaviour

    def table(self) -> Dict[str, Any]:
        return {name: getattr(self, name) for name in (
            "list", "approve", "deny", "revoke", "down", "up", "fault", "validity", "clock", "crl", "renew",
            "points")}

    def list(self) -> List[Dict[str, Any]]:
        """All requests, oldest first."""
        return [_public(row) for row in self._authority.store.requests()]

    def approve(self, request_id: int) -> Dict[str, Any]:
        return _public(self._authority.approve(request_id))

    def deny(self, request_id: int, reason: str = "") -> None:
        self._authority.deny(request_id, reason)

    def revoke(self, serial: str, reason: str = "unspecified") -> None:
        self._authority.revoke(int(serial.replace(":", ""), 16), reason)

    def crl(self) -> None:
        """Publish the revocation list afresh."""
        self._authority.publish_crl()

    def points(self, where: str) -> None:
        """Where certificates from now on say that the revocation list is."""
        self._misbehaviour.crl_points = where

    def renew(self) -> None:
        """A new key and certificate for the CA."""
        self._authority.renew()

    def down(self) -> None:
        """Refuse connections."""
        self._listener.down()

    def up(self) -> None:
        self._listener.up()

    def fault(self, mode: str, seconds: float = 0.0, times: Optional[int] = None) -> None:
        self._misbehaviour.set(Mode(mode), seconds, times)

    def validity(self, seconds: int) -> None:
        """Certificates that last this long from now on; 0: what the template says."""
        self._misbehaviour.validity_seconds = seconds or None

    def clock(self, seconds: int) -> None:
        """Let the CA's clock run this far ahead of the computer's."""
        keys.set_clock(seconds)


def _public(row: Row) -> Dict[str, Any]:
    return {
        "id": row.id, "submitted": row.submitted, "requester": row.requester,
        "subject": row.subject,
        "template": row.template, "disposition": row.disposition, "message": row.message,
        "code": f"0x{row.code:08x}" if row.code else None, "serial": row.serial,
        "revoked": row.revoked, "reason": row.reason,
    }
