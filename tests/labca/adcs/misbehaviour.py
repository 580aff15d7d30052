# SPDX-License-Identifier: GPL-3.0-or-later
"""What the server does wrong when a test asks it to (`ctl fault MODE`)."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from enum import Enum
from typing import Optional


class Mode(Enum):
    """One mode at a time; `none` ends it."""

    NONE = "none"
    WRONG_HOST_CERTIFICATE = "wrong-host-certificate"
    UNTRUSTED_CHAIN = "untrusted-chain"
    CUT_BEFORE_ANSWER = "cut-before-answer"
    CUT_MID_ANSWER = "cut-mid-answer"
    WRONG_KEY = "wrong-key"
    WRONG_TEMPLATE = "wrong-template"
    FOREIGN_ISSUER = "foreign-issuer"
    UNAVAILABLE = "unavailable"
    HUGE_ANSWER = "huge-answer"
    GARBAGE = "garbage"
    SLOW = "slow"
    PENDING = "pending"
    DENIED = "denied"


@dataclass(frozen=True)
class _State:
    mode: Mode = Mode.NONE
    seconds: float = 0.0
    left: Optional[int] = None


class Misbehaviour:
    """The present mode; safe for threads."""

    def __init__(self) -> None:
        self._lock = threading.Condition()
        self._state = _State()
        self._sets = 0
        self.validity_seconds: Optional[int] = None
        self.crl_points = "http"

    def set(self, mode: Mode, seconds: float = 0.0, times: Optional[int] = None) -> None:
        """`times`: how often it happens before the server behaves again; None is always."""
        with self._lock:
            self._state = _State(mode, seconds, times)
            self._sets += 1
            self._lock.notify_all()

    @property
    def mode(self) -> Mode:
        with self._lock:
            return self._state.mode

    def take(self, mode: Mode) -> bool:
        """Whether to misbehave in this way now; counts down where a number was set."""
        with self._lock:
            return self._take(mode)

    def _take(self, mode: Mode) -> bool:
        state = self._state
        if state.mode is not mode:
            return False
        if state.left is not None:
            left = state.left - 1
            self._state = _State(mode, state.seconds, left) if left > 0 else _State()
        return True

    def dawdle(self) -> None:
        """In mode `slow`: wait as long as it says, or until the next mode is set."""
        with self._lock:
            seconds, sets = self._state.seconds, self._sets
            if self._take(Mode.SLOW):
                self._lock.wait_for(lambda: self._sets != sets, seconds)
