# SPDX-License-Identifier: GPL-3.0-or-later
"""The CA's memory: requests, certificates and revocations in one SQLite file."""

from __future__ import annotations

import sqlite3
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import List, Optional, Tuple

_SCHEMA = """
CREATE TABLE IF NOT EXISTS request (
    id INTEGER PRIMARY KEY,
    submitted INTEGER NOT NULL,
    requester TEXT NOT NULL,
    subject TEXT NOT NULL DEFAULT '',
    template TEXT NOT NULL DEFAULT '',
    token BLOB NOT NULL,
    disposition TEXT NOT NULL
        CHECK (disposition IN ('new', 'issued', 'pending', 'denied', 'failed')),
    code INTEGER NOT NULL DEFAULT 0,
    message TEXT NOT NULL DEFAULT '',
    resolved INTEGER);
CREATE TABLE IF NOT EXISTS certificate (
    serial TEXT PRIMARY KEY,
    request INTEGER NOT NULL UNIQUE REFERENCES request (id),
    der BLOB NOT NULL,
    not_after INTEGER NOT NULL,
    revoked INTEGER,
    reason TEXT);
CREATE TABLE IF NOT EXISTS crl (number INTEGER PRIMARY KEY, published INTEGER NOT NULL);
"""

_COLUMNS = """request.id, submitted, requester, subject, template, token, disposition, code, message,
              serial, der, revoked, reason"""


@dataclass(frozen=True)
class Row:
    """One request with what became of it; times are Unix times, serial is lower-case hex.

    `requester` is the authenticated caller, `subject` the account that the certificate is for.
    """

    id: int
    submitted: int
    requester: str
    subject: str
    template: str
    token: bytes
    disposition: str
    code: int
    message: str
    serial: Optional[str]
    certificate: Optional[bytes]
    revoked: Optional[int]
    reason: Optional[str]


class Store:
    """Every method is one transaction; safe for threads."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(str(path), check_same_thread=False)
        with self._lock, self._db:
            self._db.execute("PRAGMA foreign_keys = ON")
            self._db.executescript(_SCHEMA)

    def close(self) -> None:
        self._db.close()

    def add_request(self, requester: str, token: bytes) -> int:
        """A new request's ID; IDs start at 1 and are never used twice."""
        with self._lock, self._db:
            cursor = self._db.execute(
                "INSERT INTO request (submitted, requester, token, disposition) "
                "VALUES (?, ?, ?, 'new')", (int(time.time()), requester, token))
            return int(cursor.lastrowid or 0)

    def name(self, request_id: int, template: str, subject: str) -> None:
        """Which template and whom a request turned out to be for."""
        with self._lock, self._db:
            self._db.execute("UPDATE request SET template = ?, subject = ? WHERE id = ?",
                             (template, subject, request_id))

    def resolve(self, request_id: int, disposition: str, message: str, code: int = 0) -> None:
        """Write down what became of a request."""
        with self._lock, self._db:
            self._db.execute(
                "UPDATE request SET disposition = ?, message = ?, code = ?, resolved = ? "
                "WHERE id = ?", (disposition, message, code, int(time.time()), request_id))

    def add_certificate(self, request_id: int, serial: int, der: bytes, not_after: int,
                        message: str) -> None:
        """The certificate and the request's disposition, together or not at all."""
        with self._lock, self._db:
            self._db.execute(
                "INSERT INTO certificate (serial, request, der, not_after) VALUES (?, ?, ?, ?)",
                (f"{serial:x}", request_id, der, not_after))
            self._db.execute(
                "UPDATE request SET disposition = 'issued', message = ?, code = 0, "
                "resolved = ? WHERE id = ?", (message, int(time.time()), request_id))

    def request(self, request_id: int) -> Optional[Row]:
        with self._lock:
            found = self._db.execute(
                f"SELECT {_COLUMNS} FROM request LEFT JOIN certificate "
                "ON request = request.id WHERE request.id = ?", (request_id,)).fetchone()
        return Row(*found) if found else None

    def requests(self) -> List[Row]:
        with self._lock:
            found = self._db.execute(
                f"SELECT {_COLUMNS} FROM request LEFT JOIN certificate "
                "ON request = request.id ORDER BY request.id").fetchall()
        return [Row(*row) for row in found]

    def revoke(self, serial: int, reason: str) -> bool:
        """False where there is no such certificate, or it is revoked already."""
        with self._lock, self._db:
            cursor = self._db.execute(
                "UPDATE certificate SET revoked = ?, reason = ? "
                "WHERE serial = ? AND revoked IS NULL", (int(time.time()), reason, f"{serial:x}"))
            return cursor.rowcount == 1

    def is_revoked(self, serial: int) -> bool:
        with self._lock:
            found = self._db.execute(
                "SELECT 1 FROM certificate WHERE serial = ? AND revoked IS NOT NULL",
                (f"{serial:x}",)).fetchone()
        return found is not None

    def revoked(self) -> List[Tuple[int, int, str]]:
        """(serial, time, reason) of all revoked certificates."""
        with self._lock:
            found = self._db.execute(
                "SELECT serial, revoked, reason FROM certificate "
                "WHERE revoked IS NOT NULL ORDER BY revoked").fetchall()
        return [(int(serial, 16), when, reason) for serial, when, reason in found]

    def next_crl_number(self) -> int:
        with self._lock, self._db:
            cursor = self._db.execute("INSERT INTO crl (published) VALUES (?)", (int(time.time()),))
            return int(cursor.lastrowid or 0)
