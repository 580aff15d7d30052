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
        self._lock = threading.Lock()
        self._state = _State()
        self.validity_seconds: Optional[int] = None
        self.crl_points = "http"

    def set(self, mode: Mode, seconds: float = 0.0, times: Optional[int] = None) -> None:
        """`times`: how often it happens before the server behaves again; None is always."""
        with self._lock:
            self._state = _State(mode, seconds, times)

    @property
    def mode(self) -> Mode:
        with self._lock:
            return self._state.mode

    @property
    def seconds(self) -> float:
        with self._lock:
            return self._state.seconds

    def take(self, mode: Mode) -> bool:
        """Whether to misbehave in this way now; counts down where a number was set."""
        with self._lock:
            state = self._state
            if state.mode is not mode:
                return False
            if state.left is not None:
                left = state.left - 1
                self._state = _State(mode, state.seconds, left) if left > 0 else _State()
            return True
