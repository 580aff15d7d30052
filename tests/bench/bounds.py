# SPDX-License-Identifier: GPL-3.0-or-later
"""What is measured, in which unit, and the figures to reach.

A bound is a number, or a share of what another program needed in the same run on the same card. The bounds of
*counts* hold on every computer and in every build; those of times and sizes mean a release build.
"""

from dataclasses import dataclass


@dataclass(frozen=True)
class Bound:
    at_most: float
    of: str = ""  # the peer's figure that at_most is a share of; none: at_most is the bound itself

    def value(self, values):
        return self.at_most * values[self.of] if self.of else self.at_most


@dataclass(frozen=True)
class Figure:
    name: str
    unit: str
    words: str
    bound: Bound | None = None

    @property
    def is_peer(self):
        return self.name.startswith("peer.")

    @property
    def is_count(self):
        return self.unit not in ("ms", "KiB")

    def held(self, values):
        """None where there is no bound."""
        return None if self.bound is None else values[self.name] <= self.bound.value(values)


SECTIONS = (
    ("A card goes in, and there is nothing to do", (
        Figure("insert-nothing-to-do.apdus", "APDUs", "the agent's look at it",
               Bound(1.0, "peer.pkcs11-tool-list.apdus")),
        Figure("peer.pkcs11-tool-list.apdus", "APDUs", "pkcs11-tool -O"),
        Figure("insert-nothing-to-do.pin-prompts", "prompts", "PIN prompts", Bound(0)),
        Figure("insert-nothing-to-do.searches", "searches", "searches of the directory, the policy being cached",
               Bound(0)),
        Figure("insert-uncached.searches", "searches", "searches where it is not"),
        Figure("insert-nothing-to-do.cpu-ms", "ms", "CPU of the worker"),
        Figure("insert-uncached.cpu-ms", "ms", "the same where the policy is not cached"),
    )),
    ("A blank card is enrolled, read back and proved", (
        Figure("enroll.apdus", "APDUs", "the whole enrolment", Bound(0.6, "peer.pkcs11-tool-enroll.apdus")),
        Figure("peer.pkcs11-tool-enroll.apdus", "APDUs", "pkcs11-tool: generate, sign, write"),
        Figure("enroll.pin-prompts", "prompts", "PIN prompts", Bound(1)),
        Figure("enroll.cpu-ms", "ms", "CPU of the worker", Bound(100)),
        Figure("enroll.sysvol.cpu-ms", "ms", "CPU of the program that reads SYSVOL for it"),
    )),
    ("Logging on with the card", (
        Figure("logon-test.apdus", "APDUs", "cardenroll logon-test", Bound(1.0, "peer.kinit.apdus")),
        Figure("trial-logon.apdus", "APDUs", "what the trial adds to an enrolment", Bound(1.0, "peer.kinit.apdus")),
        Figure("peer.kinit.apdus", "APDUs", "kinit"),
        Figure("logon-test.pin-prompts", "prompts", "PIN prompts", Bound(1)),
    )),
    ("The agent has nothing to do", (
        Figure("agent-idle.wakeups-per-minute", "switches", "context switches of all its threads", Bound(0)),
        Figure("agent-idle.rss-kib", "KiB", "resident memory", Bound(0.75, "peer.certmonger-idle.rss-kib")),
        Figure("peer.certmonger-idle.rss-kib", "KiB", "certmonger's"),
        Figure("peer.certmonger-idle.wakeups-per-minute", "switches", "certmonger's context switches"),
    )),
    ("The plan, for a large directory", (
        Figure("plan-1000-templates-10000-groups.cpu-ms", "ms", "rights and plan: 1,000 templates, 10,000 groups",
               Bound(10)),
        Figure("plan-100-templates-10000-groups.cpu-ms", "ms", "100 templates, 10,000 groups"),
        Figure("plan-1000-templates-100-groups.cpu-ms", "ms", "1,000 templates, 100 groups"),
    )),
)

FIGURES = {figure.name: figure for _, figures in SECTIONS for figure in figures}
