#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The policy out of a real directory, in the lab.  usage: policy_directory.py POLICY-DUMP [-v]"""

import base64
import json
import os
import sys
import unittest

HERE = os.path.dirname(os.path.realpath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "lab"))

from test_lab import CONFIGURATION, Lab  # noqa: E402

DUMP = sys.argv.pop(1)
TEMPLATES = f"CN=Certificate Templates,{CONFIGURATION}"
COPIES = 250
YEAR = base64.b64encode(bytes.fromhex("004039872ee1feff")).decode()


def template(name, number, period=YEAR):
    """A card template as LDIF that only administrators may use."""
    return (f"dn: CN={name},{TEMPLATES}\nchangetype: add\nobjectClass: pKICertificateTemplate\ncn: {name}\n"
            f"displayName: {name}\nflags: 131616\nrevision: 100\nmsPKI-Template-Schema-Version: 2\n"
            "msPKI-Template-Minor-Revision: 1\nmsPKI-RA-Signature: 0\nmsPKI-Enrollment-Flag: 32\n"
            "msPKI-Private-Key-Flag: 0\nmsPKI-Certificate-Name-Flag: -2113929216\nmsPKI-Minimal-Key-Size: 2048\n"
            f"msPKI-Cert-Template-OID: 1.3.6.1.4.1.311.21.8.9.{number}\n"
            f"pKIExpirationPeriod:: {period}\npKIOverlapPeriod:: {YEAR}\npKIDefaultKeySpec: 1\n\n")


class Directory(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab("policy")
        cls.addClassCleanup(cls.lab.remove)
        cls.lab("up")

    def plan(self, *options, arguments=(), code=0):
        done = self.lab("run", *options, "--", DUMP, *arguments, check=False)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        return json.loads(done.stdout) if code == 0 else done.stderr

    def verdict(self, plan, name):
        return next(one for one in plan["templates"] if one["name"] == name)

    def change(self, ldif):
        path = self.lab.file("change.ldif")
        with open(path, "w", encoding="utf-8") as file:
            file.write(ldif)
        self.lab("run", "--user", "administrator", "--", "ldapmodify", "-Q", "-Y", "GSSAPI", "-H",
                 "ldap://dc1.lab.test", "-f", path)

    def test_alice_gets_the_card_template_through_nested_groups(self):
        plan = self.plan()
        self.assertEqual([one["template"] for one in plan["actions"]], ["LabSmartcard"])
        self.assertEqual(plan["actions"][0]["because"], "no-valid-certificate")
        self.assertEqual(plan["user"]["principal"], "alice@LAB.TEST")
        self.assertEqual(plan["policy"]["source"], "ldap://dc1.lab.test")
        self.assertEqual((plan["roots"], plan["intermediates"], plan["nt_auth"]), (1, 1, 1))
        self.assertTrue(plan["services"][0]["may_enroll"])
        self.assertEqual(plan["policy"]["skipped"], [])

    def test_bob_is_told_whom_to_ask(self):
        plan = self.plan("--user", "bob")
        self.assertEqual(plan["actions"], [])
        verdict = self.verdict(plan, "LabSmartcard")
        self.assertEqual(verdict["because"], "no-enroll-right")
        self.assertIn("ask for membership of 'LAB\\Card Users', which has it", verdict["detail"])

    def test_a_template_of_version_1_may_be_asked_for(self):
        self.assertEqual(self.verdict(self.plan(), "SmartcardLogon")["because"], "schema-version")
        asked = self.plan(arguments=["SmartcardLogon"])
        self.assertEqual([one["because"] for one in asked["actions"]], ["requested"])

    def test_without_a_ticket(self):
        said = self.plan("--no-ticket", code=7)
        self.assertIn("no-ticket: no Kerberos ticket in FILE:", said)

    def test_a_setting_switches_it_off(self):
        path = self.lab.file("settings")
        os.makedirs(os.path.join(path, "cardenroll"), exist_ok=True)
        with open(os.path.join(path, "cardenroll", "cardenroll.conf"), "w", encoding="utf-8") as file:
            file.write("[policy]\nautoenrollment=no\ngroup-policy=no\n[directory]\nserver=dc1.lab.test\n")
        plan = self.plan("--env", f"XDG_CONFIG_HOME={path}")
        self.assertEqual(plan["policy"]["autoenrollment"], 0x8000)
        self.assertEqual(self.verdict(plan, "LabSmartcard")["because"], "autoenrollment-disabled")

    def test_searches_do_not_grow_and_a_broken_template_is_skipped_by_name(self):
        before = self.plan()
        broken = base64.b64encode(b"abc").decode()
        self.change("".join(template(f"Copy{i}", i) for i in range(COPIES)) + template("Broken", COPIES, broken))
        after = self.plan()
        self.assertEqual(len(after["templates"]), len(before["templates"]) + COPIES)
        self.assertEqual(after["searches"], before["searches"])
        self.assertEqual(after["policy"]["skipped"], ["template 'Broken': pKIExpirationPeriod has 3 bytes, not 8"])
        self.assertEqual(self.verdict(after, "LabSmartcard")["verdict"], "enroll")

    def test_values_that_come_in_parts_are_all_read(self):
        """As Active Directory hands out more than 1,500; Samba does so where it is asked for a part."""
        def values(attribute):
            said = self.lab("run", "--", DUMP, "--values", f"CN=LAB-CA,CN=Enrollment Services,{CONFIGURATION}", attribute)
            *found, searches = said.split()
            return found, int(searches)
        whole, one = values("certificateTemplates")
        self.assertGreater(len(whole), 4)
        self.assertEqual(one, 1)
        parts, several = values("certificateTemplates;range=0-1")
        self.assertEqual(sorted(parts), sorted(whole))
        self.assertGreater(several, 1)

    def test_with_the_controller_down(self):
        self.plan()
        ticket = self.lab.run("sh", "-c", "echo $KRB5CCNAME").strip()
        self.lab("dc", "stop")
        try:
            done = self.lab("run", "--no-ticket", "--env", f"KRB5CCNAME={ticket}", "--", "sh", "-c",
                            f"KRB5CCNAME={ticket} exec {DUMP}", check=False)
        finally:
            self.lab("dc", "start")
        self.assertEqual(done.returncode, 7)
        self.assertIn("directory-unreachable: no domain controller of 'lab.test'", done.stderr)


if __name__ == "__main__":
    unittest.main()
