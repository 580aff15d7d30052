#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy, made with samba-tool as an administrator and read by alice over LDAP and SMB, decides what is done."""

import json
import os
import re
import shutil

from desk import CARDENROLL, DONE, NOTHING_TO_DO, main
from group_policy_desk import (ALL, DEFAULT_DOMAIN_POLICY, DESKS, DISABLED, DOMAIN, ENROLL, LDAP, MANAGE, PENDING, SAMBA_TOOL,
                               SITE, STAFF, GroupPolicyDesk, dn_of, link)
from group_policy import GUID as LAB_POLICY, KEY, REG_DWORD, REG_SZ

LOOPBACK_KEY = "Software\\Policies\\Microsoft\\Windows\\System"


class GroupPolicy(GroupPolicyDesk):

    # What alice sees.

    def policy(self, *options):
        answer = self.cardenroll("policy", "--refresh", "--json", options=options)
        self.assertEqual(answer.status, DONE, answer)
        return answer.json["policy"]

    def verdicts(self, policy):
        return [(one["name"], one["verdict"]) for one in policy["group_policy"]["objects"]]

    def assert_policy(self, bits, source, *options):
        policy = self.policy(*options)
        self.assertEqual(policy["autoenrollment"], bits, json.dumps(policy, indent=1))
        self.assertIn(source, policy["autoenrollment_source"])
        return policy

    def assert_plan(self, because, *words):
        """What follows for the blank card, and that it is explained."""
        answer = self.cardenroll("plan", "--refresh", "--json")
        verdict = next(one for one in answer.json["templates"] if one["name"] == "LabSmartcard")
        self.assertEqual(verdict["because"], because, answer)
        for word in words:
            self.assertIn(word, verdict["detail"])
        return answer

    # The procedure of Microsoft's "Configure User Certificate Autoenrollment".

    def test_each_state_of_the_dialog_in_the_default_domain_policy(self):
        self.insert_blank()
        self.link(DOMAIN, link(DEFAULT_DOMAIN_POLICY))
        source = "Group Policy 'Default Domain Policy', linked at DC=lab,DC=test"
        for bits, because, words in (
            (ALL, "no-valid-certificate", ()),
            (ENROLL, "no-valid-certificate", ()),
            (MANAGE, "autoenrollment-disabled", ("0x2", source, "ENROLL 0x1")),
            (PENDING, "autoenrollment-disabled", ("0x4", source)),
            (MANAGE | PENDING, "autoenrollment-disabled", ("0x6", source)),
            (0, "autoenrollment-disabled", ("0x0", source)),
            (DISABLED, "autoenrollment-disabled", ("disabled", "0x8000", source)),
        ):
            with self.subTest(AEPolicy=hex(bits)):
                self.write(DEFAULT_DOMAIN_POLICY, bits)
                self.assert_policy(bits, source)
                self.assert_plan(because, *words)
        self.assertEqual(self.cardenroll("run", "--refresh", "--json").status, NOTHING_TO_DO)
        self.assertEqual(self.card()["keys"], [])
        self.write(DEFAULT_DOMAIN_POLICY, ALL)
        self.assertEqual(self.cardenroll("run", "--refresh", "--json").status, DONE)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_not_configured_leaves_it_to_the_settings(self):
        self.link(DOMAIN, link(DEFAULT_DOMAIN_POLICY))
        self.assert_policy(ALL, "cardenroll.conf")
        self.configure("[policy]\nautoenrollment=disabled\n")
        self.assert_policy(DISABLED, "cardenroll.conf, for no Group Policy object speaks of it")
        self.write(DEFAULT_DOMAIN_POLICY, ENROLL)
        self.assert_policy(ENROLL, "Default Domain Policy")
        self.configure("[policy]\nautoenrollment=disabled\ngroup-policy=no\n")
        policy = self.assert_policy(DISABLED, "cardenroll.conf")
        self.assertIsNone(policy["group_policy"])

    # Which object wins.

    def test_the_nearer_scope_wins_and_enforced_wins_over_blocked_inheritance(self):
        cards, other = self.guids["Cards"], self.guids["Other"]
        self.write(cards, ENROLL)
        self.write(other, MANAGE)
        self.link(DOMAIN, link(cards))
        self.link(DESKS, link(other))
        self.assert_policy(MANAGE, "'Other', linked at " + DESKS)
        self.link(DOMAIN, link(cards, 2))
        policy = self.assert_policy(ENROLL, "'Cards', linked at DC=lab,DC=test, enforced")
        self.assertEqual(self.verdicts(policy), [("Other", "applies"), ("Cards", "applies")])
        self.link(DESKS, block=True)
        self.assert_policy(ENROLL, "enforced")
        self.link(DOMAIN, link(cards))
        policy = self.assert_policy(ALL, "cardenroll.conf")
        self.assertEqual(policy["group_policy"]["objects"], [])

    def test_of_two_links_in_one_ou_link_order_1_wins(self):
        cards, other = self.guids["Cards"], self.guids["Other"]
        self.write(cards, ENROLL)
        self.write(other, MANAGE)
        for guid in (cards, other):
            self.admin(SAMBA_TOOL, "gpo", "setlink", DESKS, guid, "-H", "ldap://dc1.lab.test", "--use-kerberos=required")
        said = self.admin("ldapsearch", *LDAP, "-LLL", "-o", "ldif-wrap=no", "-s", "base", "-b", DESKS, "gPLink")
        first, last = re.findall(r"CN=(\{[^}]+\})", said, re.IGNORECASE)
        winner = {cards: (ENROLL, "'Cards'"), other: (MANAGE, "'Other'")}
        self.assert_policy(*winner[last.upper()])
        self.link(DESKS, link(last), link(first))
        self.assert_policy(*winner[first.upper()])
        self.link(DESKS, link(last), link(first, 1))
        self.assert_policy(*winner[last.upper()])

    def test_a_site_counts_for_less_than_the_domain(self):
        self.write(self.guids["Cards"], ENROLL)
        self.link(SITE, link(self.guids["Cards"]))
        policy = self.assert_policy(ENROLL, "linked at CN=Default-First-Site-Name")
        self.assertEqual(policy["group_policy"]["site"], "Default-First-Site-Name")
        self.write(self.guids["Other"], MANAGE)
        self.link(DOMAIN, link(self.guids["Other"]))
        self.assert_policy(MANAGE, "'Other'")

    # Which object is left out, and why.

    def test_security_filtering_by_group(self):
        cards = self.guids["Cards"]
        self.write(cards, DISABLED)
        self.link(DOMAIN, link(cards))
        dn = dn_of(cards)
        for who, verdict in (("Helpdesk", "filtered"), ("Card Users", "applies")):
            with self.subTest(group=who):
                self.grant_apply(dn, who)
                policy = self.policy()
                self.assertEqual(self.verdicts(policy), [("Cards", verdict)])
                self.assertEqual(policy["autoenrollment"], DISABLED if verdict == "applies" else ALL)

    def test_an_object_that_may_not_be_read_is_named(self):
        dn = dn_of(self.guids["Cards"])
        self.write(self.guids["Cards"], DISABLED)
        self.link(DOMAIN, link(self.guids["Cards"]))
        self.addCleanup(self.grant_apply, dn, "Card Users")
        self.grant_apply(dn, "Card Users", readers="DA")
        policy = self.assert_policy(ALL, "cardenroll.conf")
        self.assertEqual([one["verdict"] for one in policy["group_policy"]["objects"]], ["not-readable"])

    def test_an_object_of_another_domain_is_named_and_the_rest_holds(self):
        other = "[LDAP://CN={6AC1786C-016F-11D2-945F-00C04FB984F9},CN=Policies,CN=System,DC=else,DC=test;0]"
        self.write(self.guids["Cards"], ENROLL)
        self.link(SITE, other, link(self.guids["Cards"]))
        policy = self.assert_policy(ENROLL, "'Cards'")
        self.assertEqual(sorted(one["verdict"] for one in policy["group_policy"]["objects"]), ["applies", "other-domain"])
        self.assertIn("it is in another domain, whose policies are not read", policy["skipped"][0])

    def test_a_disabled_half_an_empty_object_and_a_wmi_filter(self):
        other = self.guids["Other"]
        dn = dn_of(other)
        self.write(other, DISABLED)
        self.link(DOMAIN, link(other))
        self.set(dn, flags="1")
        self.assertEqual(self.verdicts(self.assert_policy(ALL, "cardenroll.conf")), [("Other", "disabled")])
        self.set(dn, flags="2")
        self.assert_policy(DISABLED, "'Other'")
        self.set(dn, flags="0", gPCWQLFilter="[lab.test;{3F2504E0-4F89-41D3-9A0C-0305E82C33FF};0]")
        policy = self.assert_policy(ALL, "cardenroll.conf")
        self.assertEqual(self.verdicts(policy), [("Other", "wmi-filter")])
        self.assertIn("WMI filter", policy["skipped"][0])
        self.configure("[policy]\nwmi-filters=apply\n")
        self.assert_policy(DISABLED, "'Other'")
        self.set(dn, gPCWQLFilter=None, versionNumber="0")
        os.rename(f"{self.folder_of(other)}/GPT.INI", f"{self.folder_of(other)}/gpt.gone")
        self.addCleanup(os.rename, f"{self.folder_of(other)}/gpt.gone", f"{self.folder_of(other)}/GPT.INI")
        self.assertEqual(self.verdicts(self.policy()), [("Other", "empty")])

    def test_loopback(self):
        cards, other = self.guids["Cards"], self.guids["Other"]
        host = f"CN=DESK1,OU=Hosts,{DOMAIN}"
        self.admin(SAMBA_TOOL, "ou", "create", f"OU=Hosts,{DOMAIN}", "-H", "ldap://dc1.lab.test", "--use-kerberos=required")
        self.admin(SAMBA_TOOL, "computer", "create", "DESK1", "--computerou=OU=Hosts", "-H", "ldap://dc1.lab.test",
                   "--use-kerberos=required")
        self.write(cards, ENROLL)
        self.link(STAFF, link(cards))
        self.write(other, MANAGE)
        self.set(f"OU=Hosts,{DOMAIN}", gPLink=link(other))
        for mode, bits, objects in ((0, ENROLL, ["Cards"]), (1, MANAGE, ["Cards", "Other"]), (2, MANAGE, ["Other"])):
            with self.subTest(UserPolicyMode=mode):
                self.write(other, half="Machine", more=[(LOOPBACK_KEY, "UserPolicyMode", REG_DWORD, mode)])
                policy = self.policy_at("DESK1")
                self.assertEqual(policy["group_policy"]["computer"], host)
                self.assertEqual([name for name, _ in self.verdicts(policy)], objects)
                self.assertEqual(policy["autoenrollment"], bits)
        self.assert_policy(ENROLL, "'Cards'")

    def policy_at(self, computer):
        """The policy of alice at a computer of this name."""
        answer = self.run_as("alice", "unshare", "--uts", "sh", "-c", f"hostname {computer}.lab.test; {CARDENROLL} policy --refresh --json")
        self.assertEqual(answer.status, DONE, answer)
        return answer.json["policy"]

    # What goes wrong.

    def test_a_broken_file_is_skipped_by_name_and_the_rest_holds(self):
        cards, other = self.guids["Cards"], self.guids["Other"]
        self.write(cards, ENROLL)
        self.write(other, DISABLED)
        self.link(DOMAIN, link(cards), link(other))
        with open(f"{self.folder_of(other)}/User/Registry.pol", "r+b") as file:
            file.truncate(40)
        policy = self.assert_policy(ENROLL, "'Cards'")
        self.assertEqual(self.verdicts(policy), [("Cards", "applies"), ("Other", "broken")])
        self.assertIn("Group Policy 'Other': Registry.pol: instruction 1 is broken", policy["skipped"][0])

    def test_a_file_that_cannot_be_read_leaves_what_was_said_last(self):
        cards = self.guids["Cards"]
        self.write(cards, ENROLL)
        self.link(DOMAIN, link(cards))
        self.insert_blank()
        self.assert_policy(ENROLL, "'Cards'")
        path = f"{self.folder_of(cards)}/User/Registry.pol"
        os.remove(path)
        os.mkdir(path)
        self.addCleanup(shutil.rmtree, path, ignore_errors=True)
        policy = self.assert_policy(ENROLL, "'Cards', linked at DC=lab,DC=test, as read since ")
        self.assertFalse(policy["group_policy"]["known"])
        self.assertIn("Group Policy could not be read", policy["skipped"][-1])
        self.assertEqual(self.cardenroll("run", "--refresh", "--json").status, DONE)
        os.rmdir(path)

    def test_no_ticket_goes_to_a_host_that_a_gpo_names(self):
        other = self.guids["Other"]
        dn = dn_of(other)
        self.write(other, DISABLED)
        self.link(DOMAIN, link(other))
        path = f"\\\\lab.test\\sysvol\\lab.test\\Policies\\{other}"
        self.addCleanup(self.set, dn, gPCFileSysPath=path)
        self.set(dn, gPCFileSysPath=path.replace("lab.test", "ca1.lab.test", 1))
        policy = self.assert_policy(ALL, "cardenroll.conf")
        self.assertEqual(self.verdicts(policy), [("Other", "broken")])
        tickets = self.run_as("alice", "klist")
        self.assertIn("cifs/dc1.lab.test", tickets.out)
        self.assertNotIn("cifs/ca1.lab.test", tickets.out)

    # What it costs.

    def test_searches_do_not_grow_with_links(self):
        before = self.policy()["searches"]
        for scope in (DOMAIN, STAFF, DESKS, SITE):
            self.link(scope, *(link(guid) for guid in (DEFAULT_DOMAIN_POLICY, *self.guids.values(), LAB_POLICY)))
        policy = self.policy()
        self.assertEqual(len(policy["group_policy"]["objects"]), 16)
        self.assertLessEqual(policy["searches"], before + 1)

    def test_policy_is_shown_to_people(self):
        self.write(self.guids["Cards"], ALL, more=[(KEY, "OfflineExpirationStoreNames", REG_SZ, "MY")])
        self.link(STAFF, link(self.guids["Cards"]))
        answer = self.cardenroll("policy")
        for words in ("AutoEnrollment\\AEPolicy", "Group Policy 'Cards', linked at OU=Staff", "LAB-CA at ca1.lab.test"):
            self.assertIn(words, answer.out)


if __name__ == "__main__":
    main()
