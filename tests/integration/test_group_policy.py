#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Group Policy, made with samba-tool as an administrator and read by alice over LDAP and SMB, decides what is done."""

import json
import os
import re
import shutil
import sys

from desk import CARDENROLL, DONE, HERE, NOTHING_TO_DO, Desk, main

sys.path.insert(0, os.path.join(HERE, "..", "lab", "domain"))
from group_policy import GUID as LAB_POLICY, KEY, REG_DWORD, REG_SZ, REGISTRY_EXTENSION  # noqa: E402
from samba.dcerpc import preg  # noqa: E402
from samba.ndr import ndr_pack  # noqa: E402

DOMAIN, STAFF, DESKS = "DC=lab,DC=test", "OU=Staff,DC=lab,DC=test", "OU=Desks,OU=Staff,DC=lab,DC=test"
SITE = "CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=lab,DC=test"
DEFAULT_DOMAIN_POLICY = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
SYSVOL = "dc/state/sysvol/lab.test/Policies"
SAMBA_TOOL = os.path.join(HERE, "..", "lab", "domain", "samba-tool")
LDAP = ["-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test"]
ENROLL, MANAGE, PENDING, DISABLED = 1, 2, 4, 0x8000
ALL = ENROLL | MANAGE | PENDING
LOOPBACK_KEY = "Software\\Policies\\Microsoft\\Windows\\System"


def dn_of(guid):
    return f"CN={guid},CN=Policies,CN=System,{DOMAIN}"


def link(guid, options=0):
    return f"[LDAP://{dn_of(guid)};{options}]"


def registry_pol(values):
    """VALUES are (key, name, type, data)."""
    file = preg.file()
    file.header.signature, file.header.version = "PReg", 1
    entries = []
    for key, name, kind, data in values:
        entry = preg.entry()
        entry.keyname, entry.valuename, entry.type, entry.data = key, name, kind, data
        entries.append(entry)
    file.num_entries, file.entries = len(entries), entries
    return ndr_pack(file)


class GroupPolicy(Desk):

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guids = {name: cls.create(name) for name in ("Cards", "Other")}

    def setUp(self):
        super().setUp()
        nothing = {"gPLink": None, "gPOptions": None}
        plain = {"flags": "0", "gPCWQLFilter": None, "versionNumber": "65537",
                 "gPCUserExtensionNames": REGISTRY_EXTENSION, "gPCMachineExtensionNames": REGISTRY_EXTENSION}
        guids = [DEFAULT_DOMAIN_POLICY, *self.guids.values()]
        self.modify({scope: nothing for scope in (DOMAIN, STAFF, DESKS, SITE)} | {dn_of(guid): plain for guid in guids})
        for guid in guids:
            self.write(guid)
            self.write(guid, half="Machine")

    # What an administrator does.

    @classmethod
    def admin(cls, *command, **options):
        return cls.lab("run", "--user", "administrator", "--", *command, **options)

    @classmethod
    def create(cls, name):
        said = cls.admin(SAMBA_TOOL, "gpo", "create", name, "-H", "ldap://dc1.lab.test", "--use-kerberos=required")
        return re.search(r"\{[0-9A-F-]+\}", said).group()

    @classmethod
    def modify(cls, objects):
        """{dn: {attribute: value}}; a value of None is none."""
        ldif = ""
        for dn, values in objects.items():
            ldif += f"dn: {dn}\nchangetype: modify\n"
            for name, value in values.items():
                ldif += f"replace: {name}\n" + (f"{name}: {value}\n" if value is not None else "") + "-\n"
            ldif += "\n"
        cls.admin("ldapmodify", *LDAP, input=ldif)

    @classmethod
    def set(cls, dn, **values):
        cls.modify({dn: values})

    @classmethod
    def write(cls, guid, policy=None, more=(), half="User"):
        """Registry.pol of a GPO, with AEPolicy and MORE values; without any it says nothing."""
        values = ([(KEY, "AEPolicy", REG_DWORD, policy)] if policy is not None else []) + list(more)
        folder = next((os.path.join(cls.folder_of(guid), name) for name in (half, half.upper())
                       if os.path.isdir(os.path.join(cls.folder_of(guid), name))), os.path.join(cls.folder_of(guid), half))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "Registry.pol"), "wb") as file:
            file.write(registry_pol(values))

    @classmethod
    def folder_of(cls, guid):
        return os.path.join(cls.folder, SYSVOL, guid)

    def link(self, scope, *links, block=False):
        self.set(scope, gPLink="".join(links) or None, gPOptions="1" if block else None)

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

    def grant_apply(self, dn, group, readers="AU"):
        """The right to apply it to GROUP alone."""
        script = f"""
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
import ldb
lp = LoadParm(); lp.load_default()
credentials = Credentials(); credentials.guess(lp); credentials.set_kerberos_state(2)
samdb = SamDB(url="ldap://dc1.lab.test", lp=lp, credentials=credentials)
sid = ndr_unpack(security.dom_sid, samdb.search(expression="(sAMAccountName={group})", attrs=["objectSid"])[0]["objectSid"][0])
sddl = f"O:DAG:DAD:P(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;CI;LCRPLORC;;;{readers})(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;{{sid}})"
message = ldb.Message(ldb.Dn(samdb, "{dn}"))
value = ndr_pack(security.descriptor.from_sddl(sddl, security.dom_sid(samdb.get_domain_sid())))
message["sd"] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
samdb.modify(message)
"""
        self.admin("/usr/bin/python3", "-c", script)

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
