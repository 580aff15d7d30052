# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk at which time passes in a moment: for the CA, and for cardenroll. For the tests beside it."""

import os

from desk import Desk

DAY = 24 * 3600
CONFIGURATION = "CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"


class LaterDesk(Desk):

    def setUp(self):
        super().setUp()
        # The domain controller's clock cannot be moved, so it would refuse certificates of the future.
        self.configure("[logon]\ntrial=no\n")
        self.ahead = 0

    def clear(self):
        self.lab("ca", "clock", "0")
        super().clear()

    def pass_days(self, days):
        self.ahead += days * DAY
        self.lab("ca", "clock", str(self.ahead))

    def cardenroll(self, *arguments, options=(), **more):
        return super().cardenroll(*arguments, options=["--env", f"CARDENROLL_CLOCK_AHEAD={self.ahead}", *options], **more)

    def certificates(self):
        status = self.cardenroll("status", "--json").json
        return [c for reader in status["readers"] for c in reader.get("certificates", [])]

    def plan(self):
        return [(a["action"], a["because"]) for a in self.cardenroll("plan", "--json").json["actions"]]

    def objects(self):
        card = self.card()
        return len(card["files"]) + len(card["keys"])

    def signatures(self, reader="0"):
        """How often the card has signed: SmartCard-HSM's command 80 68."""
        with open(os.path.join(self.folder, f"log/slot-{reader}.trace"), encoding="ascii") as trace:
            return sum(line.split()[1:4] == [">", "80", "68"] for line in trace)
