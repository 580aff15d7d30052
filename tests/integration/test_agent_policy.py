#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The running agent obeys Group Policy as it is at its next look, and the command line says what decided."""

import shutil

from agent_desk import AgentDesk
from desk import main
from group_policy_desk import (ALL, DESKS, DISABLED, DOMAIN, ENROLL, MANAGE, PENDING, GroupPolicyDesk, dn_of, link)


class AgentPolicy(AgentDesk, GroupPolicyDesk):

    def setUp(self):
        super().setUp()
        self.start()
        self.cards, self.other = self.guids["Cards"], self.guids["Other"]

    def look(self):
        """The agent's look at another blank card, for which the policy that was kept is too old. How many keys it makes."""
        self.lab("remove", "0", check=False)
        shutil.rmtree(self.file("alice", "cache/cardenroll"), ignore_errors=True)
        self.look_after(self.insert_blank)
        return len(self.card()["keys"])

    def assert_enrols(self, source):
        self.assertEqual(self.look(), 1)
        self.assertIn(source, self.cardenroll("policy").out)

    def assert_leaves_alone(self, *words):
        self.assertEqual(self.look(), 0)
        self.assertEqual(self.state(), "ready")
        said = " ".join(self.cardenroll("explain", "LabSmartcard").out.split())
        for word in words:
            self.assertIn(word, said)

    def test_not_configured_then_disabled_then_enabled(self):
        self.assert_enrols("cardenroll.conf")
        self.write(self.cards, DISABLED)
        self.link(DOMAIN, link(self.cards))
        self.assert_leaves_alone("disabled", "0x8000", "Group Policy 'Cards', linked at DC=lab,DC=test")
        self.write(self.cards, ALL)
        self.assert_enrols("Group Policy 'Cards', linked at DC=lab,DC=test")

    def test_each_bit_alone(self):
        self.link(DOMAIN, link(self.cards))
        for bit in (MANAGE, PENDING):
            self.write(self.cards, bit)
            self.assert_leaves_alone(hex(bit), "ENROLL 0x1", "Group Policy 'Cards'")
        self.write(self.cards, ENROLL)
        self.assert_enrols("Group Policy 'Cards'")

    def test_enforced_over_blocked_inheritance(self):
        self.write(self.cards, DISABLED)
        self.link(DESKS, block=True)
        self.link(DOMAIN, link(self.cards, 2))
        self.assert_leaves_alone("Group Policy 'Cards', linked at DC=lab,DC=test, enforced")
        self.link(DOMAIN, link(self.cards))
        self.assert_enrols("cardenroll.conf")

    def test_filtered_by_group(self):
        self.write(self.cards, DISABLED)
        self.link(DOMAIN, link(self.cards))
        self.grant_apply(dn_of(self.cards), "Card Users")
        self.assert_leaves_alone("Group Policy 'Cards'")
        self.grant_apply(dn_of(self.cards), "Helpdesk")
        self.assert_enrols("cardenroll.conf")
        self.grant_apply(dn_of(self.cards), "Card Users")

    def test_two_links_in_one_ou(self):
        self.write(self.cards, ENROLL)
        self.write(self.other, MANAGE)
        self.link(DESKS, link(self.cards), link(self.other))
        self.assert_leaves_alone("Group Policy 'Other', linked at OU=Desks")
        self.link(DESKS, link(self.other), link(self.cards))
        self.assert_enrols("Group Policy 'Cards', linked at OU=Desks")


if __name__ == "__main__":
    main()
