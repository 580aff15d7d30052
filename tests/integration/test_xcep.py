#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy from a policy service and from a file, and certificates that are revoked."""

import base64
import os
import shutil
import sys
import uuid
from datetime import datetime, timedelta

from desk import BUILD, DONE, FAILED, HERE, NOTHING_TO_DO, REFUSED, UNREACHABLE, Desk, main
from later import ALICE

sys.path[:0] = [os.path.join(HERE, "..", "lab", "domain"), os.path.join(HERE, "..", "lab")]
from group_policy import GUID, KEY, REG_DWORD, REG_SZ  # noqa: E402
from samba.dcerpc import preg  # noqa: E402
from samba.ndr import ndr_pack  # noqa: E402
from test_lab import CONFIGURATION  # noqa: E402

CEP = "https://ca1.lab.test/ADPolicyProvider_CEP_Kerberos/service.svc/CEP"
CEP_BY_PASSWORD = "https://ca1.lab.test/ADPolicyProvider_CEP_UsernamePassword/service.svc/CEP"
PASSWORD = "Passw0rd!Lab"
POLICY_DUMP = os.path.join(BUILD, "policy/sources/policy-dump")
CES = "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"


class Sources(Desk):

    def setUp(self):
        super().setUp()
        for user in ("alice", "bob"):
            shutil.rmtree(self.file(user, "cache"), ignore_errors=True)

    @classmethod
    def roots(cls):
        return os.path.join(cls.folder, "ca/ca.pem")

    def use_service(self, *urls, user="alice", more=""):
        self.configure(f"[policy]\nsource=xcep\nurl={';'.join(urls)}\n{more}\n[ca]\ntls-ca-file={self.roots()}\n", user)

    def plan(self, user="alice"):
        answer = self.cardenroll("plan", "--json", user=user)
        self.assertIn(answer.status, (DONE, NOTHING_TO_DO), answer)
        return answer.json.get("plan", answer.json)

    @staticmethod
    def verdicts(plan):
        return {one["name"]: (one["verdict"], one["because"]) for one in plan["templates"]}

    @staticmethod
    def actions(plan):
        return [(one["action"], one["template"], one["because"]) for one in plan["actions"]]

    # XCEP

    def compare(self, user):
        self.configure("", user)
        directory = self.plan(user)
        self.use_service(CEP, user=user)
        service = self.plan(user)
        self.assertEqual(service["policy"]["source"], CEP)
        self.assertEqual(service["policy"]["skipped"], [])
        self.assertEqual(self.actions(service), self.actions(directory))
        over_ldap, over_xcep = self.verdicts(directory), self.verdicts(service)
        # XCEP hands out templates that have an OID, and no others.
        self.assertLessEqual(set(over_xcep), set(over_ldap))
        self.assertIn("LabSmartcard", over_xcep)
        self.assertEqual(over_xcep, {name: over_ldap[name] for name in over_xcep})
        return service

    def test_the_plan_is_the_directorys_for_alice(self):
        self.insert_blank()
        plan = self.compare("alice")
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])

    def test_the_plan_is_the_directorys_for_bob(self):
        self.insert_blank()
        plan = self.compare("bob")
        self.assertEqual(self.actions(plan), [])
        self.assertEqual(self.verdicts(plan)["LabSmartcard"], ("none", "no-enroll-right"))

    def test_a_card_is_enrolled_by_it(self):
        self.use_service(CEP)
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([one["outcome"] for one in answer.json["performed"]], ["done"])
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)

    def test_the_next_service_answers_where_one_does_not(self):
        gone = "https://ca1.lab.test/no/such/service"
        self.use_service(gone, CEP)
        self.insert_blank()
        plan = self.plan()
        self.assertEqual(plan["policy"]["source"], CEP)
        self.assertEqual(len(plan["policy"]["skipped"]), 1, plan)
        self.assertIn(gone, plan["policy"]["skipped"][0])

    def test_who_knows_the_policy_is_told_what_changed(self):
        """A service whose templates are older than ten minutes only says so; from one in a new domain all comes again."""
        self.use_service(CEP)
        first, again = (self.run_as("alice", POLICY_DUMP, *options).json for options in ([], ["--again"]))
        self.assertTrue(first["whole"])
        for plan in (first, again):
            for changing in ("whole", "next_look"):
                plan.pop(changing)
            plan["policy"].pop("fetched")
        self.assertEqual(first, again)

    def test_a_service_that_is_down_is_named(self):
        self.use_service(CEP)
        self.insert_blank()
        self.lab("ca", "down")
        self.assert_failed(self.cardenroll("plan", "--json"), UNREACHABLE, "ca-unreachable", CEP)

    def test_what_is_no_answer_is_named(self):
        self.use_service(CEP)
        self.insert_blank()
        for fault, code in (("garbage", "protocol"), ("huge-answer", "protocol"), ("cut-mid-answer", "ca-unreachable"),
                            ("untrusted-chain", "not-trusted")):
            with self.subTest(fault=fault):
                self.lab("ca", "fault", fault)
                answer = self.cardenroll("plan", "--json")
                self.assertEqual(answer.error["code"], code, answer)
                self.assertIn(CEP, answer.error["message"])
                self.lab("ca", "fault", "none")

    def test_a_password_is_asked_for_and_never_seen(self):
        self.use_service(CEP_BY_PASSWORD, more="authentication=password\nuser=alice@lab.test")
        self.set_pin(PASSWORD)
        self.insert_blank()
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(answer.json["policy"]["source"], CEP_BY_PASSWORD)
        self.assertEqual(self.actions(answer.json), [("enroll", "LabSmartcard", "no-valid-certificate")])
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertNotIn(PASSWORD, answer.out + answer.err)

    def test_a_wrong_password_is_refused(self):
        self.use_service(CEP_BY_PASSWORD, more="authentication=password\nuser=alice@lab.test")
        self.set_pin("pass<w>&ord")
        self.insert_blank()
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, REFUSED, answer)
        self.assertEqual(answer.error["code"], "ca-denied", answer)
        self.assertIn("User name or password is wrong", answer.error["message"])

    def test_a_service_that_wants_another_logon_is_told_apart(self):
        self.use_service(CEP, more="authentication=anonymous")
        self.insert_blank()
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.error["code"], "ca-denied", answer)
        self.assertIn("wants another kind of logon", answer.error["message"])

    # XCEP because Group Policy says so

    def group_policy(self, *servers):
        """What the GPO of alice's OU says: autoenrollment, and SERVERS of (URL, PolicyID, cost, flags, authentication)."""
        values = [(KEY, "AEPolicy", REG_DWORD, 7)]
        for number, (url, policy, cost, flags, authentication) in enumerate(servers):
            key = f"{KEY.rpartition(chr(92))[0]}\\PolicyServers\\row{number}"
            values += [(key, "URL", REG_SZ, url), (key, "PolicyID", REG_SZ, policy), (key, "Cost", REG_DWORD, cost),
                       (key, "Flags", REG_DWORD, flags), (key, "AuthFlags", REG_DWORD, authentication)]
        file = preg.file()
        file.header.signature, file.header.version = "PReg", 1
        entries = []
        for key, name, kind, data in values:
            entry = preg.entry()
            entry.keyname, entry.valuename, entry.type, entry.data = key, name, kind, data
            entries.append(entry)
        file.num_entries, file.entries = len(entries), entries
        path = os.path.join(self.folder, "dc/state/sysvol/lab.test/Policies", GUID, "User/Registry.pol")
        with open(path, "wb") as registry:
            registry.write(ndr_pack(file))

    def served(self, *servers):
        """The plan for a blank card, and what was left out on the way."""
        self.configure()
        self.group_policy(*servers)
        self.addCleanup(self.group_policy)
        answer = self.cardenroll("plan", "--refresh", "--json")
        self.assertIn(answer.status, (DONE, NOTHING_TO_DO), answer)
        plan = answer.json.get("plan", answer.json)
        detail = next((one["detail"] for one in plan["templates"] if one["name"] == "LabSmartcard"), None)
        return plan, detail, plan["policy"]["skipped"]

    def test_group_policy_names_a_service_that_answers(self):
        self.insert_blank("0")
        gone = "https://ca1.lab.test/no/such/service"
        plan, _, skipped = self.served((CEP, "{1}", 20, 0x10, 2), (gone, "{1}", 10, 0x10, 2))
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])
        self.assertEqual(len(skipped), 1, skipped)
        self.assertIn(gone, skipped[0])
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)

    def test_group_policy_asks_the_cheapest_and_nobody_else(self):
        self.insert_blank()
        gone = "https://ca1.lab.test/no/such/service"
        plan, _, skipped = self.served((gone, "{1}", 0xFFFFFFFF, 0x10, 2), (CEP, "{1}", 20, 0x10, 2))
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])
        self.assertEqual(skipped, [])

    def forest(self):
        """The objectGUID of the forest's root domain, as Group Policy's editor writes it."""
        found = self.lab("run", "--", "ldapsearch", "-Q", "-LLL", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test", "-s", "base",
                         "-b", "DC=lab,DC=test", "objectGUID")
        value = next(line.split(":: ")[1] for line in found.splitlines() if line.startswith("objectGUID"))
        return "{" + str(uuid.UUID(bytes_le=base64.b64decode(value))).upper() + "}"

    def test_group_policy_keeps_the_directory_by_a_row_of_its_own(self):
        self.insert_blank()
        plan, detail, skipped = self.served(("LDAP:", self.forest(), 10, 0x14, 2))
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])
        self.assertEqual(skipped, [])
        self.assertIsNotNone(detail)

    def test_the_directory_of_another_forest_is_not_this_one(self):
        """Nor is a service beside it, in the same group."""
        self.insert_blank()
        other = "{00000000-1111-2222-3333-444444444444}"
        plan, detail, skipped = self.served(("LDAP:", other, 10, 0x14, 2), (CEP, other, 5, 0x10, 2))
        self.assertEqual(plan["actions"], [])
        self.assertIsNone(detail)
        self.assertEqual(len(skipped), 1)
        for word in (other, self.forest()):
            self.assertIn(word.lower(), skipped[0].lower())
        plan, _, _ = self.served(("LDAP:", other, 10, 0x14, 2), (CEP, "{1}", 5, 0x10, 2))
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])

    def test_servers_that_are_equally_good_are_taken_by_chance(self):
        """Two that are down and one that is not: which of the former are asked, and when, differs."""
        self.insert_blank()
        gone = [f"https://ca1.lab.test/no/such/service{i}" for i in range(2)]
        seen = set()
        for _ in range(60):
            _, _, skipped = self.served(*[(url, "{1}", 10, 0x10, 2) for url in gone], (CEP, "{1}", 10, 0x10, 2))
            seen.add(tuple(next(url for url in gone if url in one) for one in skipped))
            if len(seen) > 2:
                break
        self.assertGreater(len(seen), 2)

    def test_a_service_says_how_long_its_answer_lasts(self):
        """Eight hours of this one, which are less than the schedule's."""
        self.use_service(CEP, more="[schedule]\nhours=48")
        self.insert_blank()
        fetched = self.plan()["policy"]["fetched"]
        plan = self.plan()
        self.assertEqual(plan["policy"]["fetched"], fetched)
        begin, look = (datetime.fromisoformat(text.replace("Z", "+00:00")) for text in (fetched, plan["next_look"]))
        self.assertLessEqual(look - begin, timedelta(hours=8, minutes=1))
        for hours, same in ((7, True), (9, False)):
            answer = self.cardenroll("plan", "--json", options=["--env", f"CARDENROLL_CLOCK_AHEAD={hours * 3600}"])
            self.assertEqual(answer.json["policy"]["fetched"] == fetched, same, answer)

    def test_servers_that_are_not_for_autoenrollment_serve_nothing(self):
        self.insert_blank()
        plan, detail, skipped = self.served((CEP, "{1}", 10, 0x4, 2))
        self.assertEqual(plan["actions"], [])
        self.assertIsNone(detail)
        self.assertIn("not for autoenrollment (Flags lack 0x10)", skipped[0])

    def test_no_server_of_group_policy_answers(self):
        self.insert_blank()
        self.configure()
        self.group_policy(("https://ca1.lab.test/no/such/service", "{1}", 10, 0x10, 2))
        self.addCleanup(self.group_policy)
        answer = self.cardenroll("plan", "--refresh", "--json")
        self.assertEqual(answer.status, FAILED, answer)
        self.assertIn("no/such/service", answer.error["message"])

    # a file

    def use_file(self, text, user="alice"):
        path = self.file(user, "policy.conf")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        self.configure(f"[policy]\nsource=file\nfile={path}\n[ca]\ntls-ca-file={self.roots()}\n", user)

    def template_oid(self):
        """Of LabSmartcard, as the directory has it."""
        self.configure()
        return next(one["oid"] for one in self.plan()["templates"] if one["name"] == "LabSmartcard")

    def site(self, oid, users="alice@LAB.TEST"):
        return (f"[policy]\nroots={self.roots()}\n"
                f"[template LabSmartcard]\noid={oid}\nversion=100.0\nusers={users}\nkey-bits=2048\n"
                "key-usage=digital-signature;key-encipherment\nextended-key-usage=client-auth;smart-card-logon\n"
                f"[ca LAB-CA]\nurl={CES}\ntemplates=LabSmartcard\n")

    def test_a_file_serves_without_a_directory(self):
        self.insert_blank()
        oid = self.template_oid()
        self.use_file(self.site(oid, "bob@LAB.TEST"))
        self.assertEqual(self.verdicts(self.plan())["LabSmartcard"], ("none", "no-enroll-right"))
        self.use_file(self.site(oid))
        self.configure_no_directory()
        plan = self.plan()
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "no-valid-certificate")])
        self.assertTrue(plan["policy"]["source"].startswith("file:"), plan)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)

    def test_what_is_issued_in_vain_is_not_asked_for_again_and_again(self):
        """By a file nobody knows whom the directory calls Meyer: what the CA issues never counts."""
        self.insert_blank()
        oid = self.template_oid()
        self.addCleanup(self.modify, ALICE, {"userPrincipalName": "alice@lab.test"})
        self.modify(ALICE, {"userPrincipalName": "meyer@lab.test"})
        self.use_file(self.site(oid))
        self.configure_more("[logon]\ntrial=no\n")
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertIn("it does not count: its certificate is for 'meyer@lab.test'", answer.json["performed"][0]["note"])
        self.assertTrue(answer.json["performed"][0]["in_vain"])
        keys, prompts = self.card()["keys"], self.prompts()
        self.reinsert()
        again = self.cardenroll("run", "--json")
        self.assertEqual(again.status, NOTHING_TO_DO, again)
        self.assertEqual((self.card()["keys"], self.prompts()), (keys, prompts))
        verdict = next(one for one in self.plan()["templates"] if one["name"] == "LabSmartcard")
        self.assertEqual((verdict["verdict"], verdict["because"]), ("none", "issued-in-vain"), verdict)
        for words in ("what LAB-CA issued on ", "'meyer@lab.test' and you are 'alice@LAB.TEST'", "'cardenroll enroll --template LabSmartcard'"):
            self.assertIn(words, verdict["detail"])
        # A day later it is tried again, and then less often.
        for days, action in ((1, "enroll"), (2, None), (4, "enroll")):
            later = ["--env", f"CARDENROLL_CLOCK_AHEAD={days * 86400}"]
            plan = self.cardenroll("plan", "--json", options=later).json
            self.assertEqual([one["action"] for one in plan["actions"]], [action] if action else [], plan)
            if days == 1:
                self.assertEqual(self.cardenroll("run", "--json", options=later).status, DONE)
        # A person may ask at any time.
        self.assertEqual(self.cardenroll("enroll", "--template", "LabSmartcard", "--json").status, DONE)
        self.assertEqual(len(self.prompts()), len(prompts) + 2)

    def configure_more(self, text):
        path = f"{self.file('alice', 'config/cardenroll')}/cardenroll.conf"
        with open(path, "a", encoding="utf-8") as file:
            file.write(text)

    def configure_no_directory(self):
        """A server that nobody is: who asked the directory would fail."""
        self.configure_more("[directory]\nserver=nobody.lab.test\n")

    def test_a_slip_in_the_file_is_named(self):
        self.insert_blank()
        self.use_file("[template T]\ncolour=red\n")
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, FAILED, answer)
        self.assertEqual(answer.error["code"], "misconfigured")
        self.assertIn("[template T] colour is not a setting", answer.error["message"])

    # revocation

    def enrolled(self):
        """A card with its certificate; its serial number."""
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        status = self.cardenroll("status", "--json")
        (certificate,) = status.json["readers"][0]["certificates"]
        return certificate["serial"]

    def check(self, name="revocation"):
        answer = self.cardenroll("logon-test", "--json")
        return next(one for one in answer.json["checks"] if one["name"] == name)

    def test_a_revoked_certificate_is_replaced(self):
        serial = self.enrolled()
        self.assertEqual(self.check()["state"], "ok")
        self.lab("ca", "revoke", serial, "keyCompromise")
        # The list that was kept is still in force, so a plan needs nobody; a person who asks gets a new one.
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)
        check = self.check()
        self.assertEqual(check["state"], "failed", check)
        self.assertIn("keyCompromise", check["detail"])
        plan = self.plan()
        self.assertEqual(self.actions(plan), [("enroll", "LabSmartcard", "revoked")])
        self.assertIn("revoked since", plan["actions"][0]["detail"])
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.assertEqual(self.check()["state"], "ok")
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)

    def test_a_list_that_cannot_be_had_revokes_nothing(self):
        self.enrolled()
        shutil.rmtree(self.file("alice", "cache"), ignore_errors=True)
        self.lab("ca", "down")
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        detail = next(one["detail"] for one in answer.json["templates"] if one["name"] == "LabSmartcard")
        self.assertIn("whether it is revoked is not known", detail)
        self.assertEqual(self.check()["state"], "warning")

    # lists in the directory, where a Windows CA publishes them

    CDP = f"CN=CDP,{CONFIGURATION}"
    POINT = f"CN=LAB-CA,CN=ca1,{CDP}"

    def publish(self):
        """The CA's list, into the directory, as an enterprise CA does it itself."""
        self.lab("ca", "crl")
        with open(os.path.join(self.folder, "ca/LAB-CA.crl"), "rb") as file:
            value = base64.b64encode(file.read()).decode()
        ldif = "".join(f"dn: {dn}\nchangetype: add\nobjectClass: container\n\n"
                       for dn in (self.CDP, f"CN=ca1,{self.CDP}"))
        ldif += (f"dn: {self.POINT}\nchangetype: add\nobjectClass: cRLDistributionPoint\ncertificateRevocationList:: AA==\n\n"
                 f"dn: {self.POINT}\nchangetype: modify\nreplace: certificateRevocationList\n"
                 f"certificateRevocationList:: {value}\n")
        path = os.path.join(self.folder, "list.ldif")
        with open(path, "w", encoding="utf-8") as file:
            file.write(ldif)
        # Goes on past what is there already.
        self.lab("run", "--user", "administrator", "--", "ldapmodify", "-c", "-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test",
                 "-f", path, check=False)

    def enrolled_with_points(self, where):
        self.configure()
        self.lab("ca", "points", where)
        self.addCleanup(self.lab, "ca", "points", "http")
        return self.enrolled()

    def state(self, *options, ahead=0):
        """What a plan says of the list, and how many lists are kept."""
        answer = self.cardenroll("plan", *options, "--json", options=["--env", f"CARDENROLL_CLOCK_AHEAD={ahead}"])
        self.assertIn(answer.status, (DONE, NOTHING_TO_DO), answer)
        detail = next(one["detail"] for one in answer.json["templates"] if one["name"] == "LabSmartcard")
        return answer, detail

    def test_a_list_in_the_directory_is_read_and_kept(self):
        self.publish()
        serial = self.enrolled_with_points("ldap")
        check = self.check()
        self.assertEqual(check["state"], "ok", check)
        self.lab("ca", "down")
        _, detail = self.state()
        self.assertNotIn("is not known", detail)
        self.lab("ca", "up")
        self.lab("ca", "revoke", serial, "keyCompromise")
        self.publish()
        # The one that was kept is in force for a day; then the directory is asked again.
        answer, _ = self.state()
        self.assertEqual(self.actions(answer.json), [])
        answer, _ = self.state(ahead=25 * 3600)
        self.assertEqual(self.actions(answer.json), [("enroll", "LabSmartcard", "revoked")])

    def test_the_directory_has_the_list_that_no_web_server_gives(self):
        self.publish()
        self.enrolled_with_points("both")
        shutil.rmtree(self.file("alice", "cache/cardenroll/crl"), ignore_errors=True)
        self.lab("ca", "down")
        self.assertEqual(self.check()["state"], "ok")

    def test_a_list_that_is_nowhere_revokes_nothing(self):
        self.publish()
        self.enrolled_with_points("ldap")
        self.lab("run", "--user", "administrator", "--", "ldapdelete", "-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test", self.POINT)
        shutil.rmtree(self.file("alice", "cache/cardenroll/crl"), ignore_errors=True)
        answer, detail = self.state()
        self.assertEqual(self.actions(answer.json), [])
        self.assertIn("the directory holds no list at", detail)


if __name__ == "__main__":
    main()
