#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A certificate's life on a card: renewed by its own key, replaced, retired. A year passes in a moment."""

import base64
import json
import os

from desk import DONE, HERE, NOT_FOUND, NOTHING_TO_DO, PIN, REFUSED, UNREACHABLE, WAITING, main
from later import ALICE, CONFIGURATION, TEMPLATES, LaterDesk

TEMPLATE = f"CN=LabSmartcard,{TEMPLATES}"

SAMBA_TOOL = os.path.join(HERE, "..", "lab", "domain", "samba-tool")

# msPKI-Enrollment-Flag
PUBLISH_TO_DS, CHECK_USER_DS_CERTIFICATE, AUTO_ENROLLMENT, PREVIOUS_APPROVAL = 0x8, 0x10, 0x20, 0x40
PEND_ALL_REQUESTS, REMOVE_INVALID = 0x2, 0x400

# msPKI-Certificate-Name-Flag
ENROLLEE_SUPPLIES_SUBJECT, OLD_CERT_SUPPLIES = 0x1, 0x8

USER_CERTIFICATE = "bf967a7f-0de6-11d0-a285-00aa003049e2"  # schemaIDGUID

# The template as the lab has it.
PLAIN = {"msPKI-Enrollment-Flag": PUBLISH_TO_DS | AUTO_ENROLLMENT, "msPKI-RA-Signature": 0,
         "msPKI-Certificate-Name-Flag": -0x7e000000, "msPKI-Supersede-Templates": ["SmartcardLogon", "SmartcardUser"]}


class Lifetime(LaterDesk):

    def enrol(self):
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)

    def verdict(self):
        """Of the lab's template for cards, by the policy of the moment."""
        plan = self.cardenroll("plan", "--refresh", "--json").json
        return next(one for one in plan["templates"] if one["name"] == "LabSmartcard")

    def change_template(self, **flags):
        """Until the end of the test."""
        names = {"enroll": "msPKI-Enrollment-Flag", "signatures": "msPKI-RA-Signature", "name": "msPKI-Certificate-Name-Flag"}
        self.addCleanup(self.modify, TEMPLATE, PLAIN)
        self.modify(TEMPLATE, {names[key]: value for key, value in flags.items()})

    def read_certificate(self):
        """The one on the card, in base64."""
        script = f"""export PIN={PIN}; pkcs11-tool --module opensc-pkcs11.so --login --pin env:PIN -O > objects 2>/dev/null
            pkcs11-tool --module opensc-pkcs11.so -r -y cert -o cert.der 2>/dev/null \\
            --id "$(sed -n 's/^ *ID: *//p' objects | head -n 1)" && base64 -w0 cert.der"""
        answer = self.run_as("alice", "sh", "-c", script, cwd=self.folder)
        self.assertEqual(answer.status, 0, answer)
        return answer.out.strip().encode()

    def assert_replaced(self, old):
        """One certificate with its key, another than OLD, and nothing else."""
        new = self.certificates()
        self.assertEqual(len(new), 1, json.dumps(new, indent=1))
        self.assertNotEqual(new[0]["fingerprint"], old[0]["fingerprint"])
        self.assertTrue(new[0]["has_key"])
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def test_a_person_may_renew_before_it_is_due(self):
        self.insert_blank()
        nothing = self.cardenroll("renew", "--json")
        self.assertEqual((nothing.status, nothing.json["error"]["message"]),
                         (NOT_FOUND, "no certificate on this card can be renewed"))
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        old, prompts = self.certificates(), len(self.prompts())
        other = self.cardenroll("renew", "--certificate", "Nonesuch", "--json")
        self.assertEqual(other.status, NOT_FOUND, other)
        self.assertIn(f"there is {old[0]['fingerprint'][:16]} (LabSmartcard)", other.json["error"]["message"])
        answer = self.cardenroll("renew", "--certificate", old[0]["fingerprint"][:8].upper(), "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([(p["action"], p["template"]) for p in answer.json["performed"]], [("renew", "LabSmartcard")])
        self.assertEqual(len(self.prompts()), prompts + 1)
        self.assert_replaced(old)
        self.assertEqual(self.cardenroll("renew", "--json").status, DONE)

    def test_a_certificate_that_falls_due_is_renewed_by_its_own_key(self):
        self.enrol()
        old, objects, prompts = self.certificates(), self.objects(), len(self.prompts())
        self.assertEqual(self.plan(), [])
        self.pass_days(340)
        self.assertEqual(self.plan(), [("renew", "renewal-due")])
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(len(self.prompts()) - prompts, 1)
        self.assert_replaced(old)
        self.assertLessEqual(self.objects(), objects)

    def test_a_certificate_that_has_expired_is_replaced(self):
        self.enrol()
        old = self.certificates()
        self.pass_days(400)
        self.assertEqual(self.plan(), [("enroll", "expired")])
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assert_replaced(old)

    def test_a_template_of_version_1_is_renewed_in_cms(self):
        """The PKCS#10 signed by the new key, CMS by the old one, and the proof: three signatures, one PIN."""
        self.insert_blank()
        asked = ("enroll", "--template", "SmartcardLogon", "--json")
        self.assertEqual(self.cardenroll(*asked).status, DONE)
        old, objects, prompts, signatures = self.certificates(), self.objects(), len(self.prompts()), self.signatures()
        self.pass_days(340)
        answer = self.cardenroll(*asked)
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([(one["action"], one["because"]) for one in answer.json["plan"]["actions"]], [("renew", "renewal-due")])
        self.assertEqual((len(self.prompts()) - prompts, self.signatures() - signatures), (1, 3))
        self.assertNotEqual(self.certificates()[0]["fingerprint"], old[0]["fingerprint"])
        self.assertEqual((len(self.certificates()), self.objects()), (1, objects))

    def test_year_after_year_the_card_does_not_fill_up(self):
        self.enrol()
        objects = self.objects()
        for _ in range(3):
            old = self.certificates()
            self.pass_days(340)
            answer = self.cardenroll("run", "--json")
            self.assertEqual(answer.status, DONE, answer)
            self.assert_replaced(old)
            self.assertLessEqual(self.objects(), objects)

    def test_what_the_kdc_refuses_replaces_nothing_until_it_lets_in(self):
        """Its clock stands still: to it the renewed certificate is one of the future."""
        self.enrol()
        self.configure()
        self.pass_days(340)
        # What libkrb5's plug-in leaks when it is refused is known by its callers, which need slow unwinding.
        slow = ["--env", f"ASAN_OPTIONS={os.environ.get('ASAN_OPTIONS', '')}:fast_unwind_on_malloc=0"]
        self.assert_failed(self.cardenroll("run", "--json", options=slow), REFUSED, "logon-refused", "the trial logon failed")
        self.assertEqual(len(self.certificates()), 2)
        again = self.cardenroll("run", "--json")
        self.assertEqual((again.status, len(self.certificates())), (NOTHING_TO_DO, 2), again)
        self.assertEqual(len(self.new_prompts()), 2)

    def test_a_renewal_that_was_cut_off_carries_on(self):
        self.enrol()
        old = self.certificates()
        self.pass_days(340)
        self.lab("ca", "fault", "cut-before-answer")
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.error["code"], "ca-unreachable", answer)
        self.assertIn(old[0]["fingerprint"], [c["fingerprint"] for c in self.certificates()])
        self.lab("ca", "fault", "none")
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assert_replaced(old)

    def renew(self, **flags):
        """A certificate falls due after its template was changed so that no new one is to be had without help."""
        self.enrol()
        old = self.certificates()
        self.change_template(**flags)
        self.assertEqual(self.verdict()["because"], "up-to-date")
        self.pass_days(340)
        self.assertEqual(self.verdict()["because"], "renewal-due")
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assert_replaced(old)
        new = self.certificates()
        for name in ("subject", "upn", "sid"):
            self.assertTrue(new[0][name])
            self.assertEqual(new[0][name], old[0][name])

    def test_a_valid_certificate_stands_in_for_an_agents_signature(self):
        self.renew(enroll=AUTO_ENROLLMENT | PREVIOUS_APPROVAL, signatures=1)
        self.lab("remove")
        self.insert_blank()
        verdict = self.verdict()
        self.assertEqual(verdict["because"], "needs-signatures")
        self.assertIn("no valid certificate of it on the card that could stand in", verdict["detail"])

    def test_names_that_a_person_once_wrote_are_taken_over(self):
        self.renew(enroll=AUTO_ENROLLMENT | PREVIOUS_APPROVAL, signatures=1, name=ENROLLEE_SUPPLIES_SUBJECT | OLD_CERT_SUPPLIES)
        self.lab("remove")
        self.insert_blank()
        self.change_template(signatures=0)
        self.assertEqual(self.verdict()["because"], "subject-in-request")

    def test_what_has_expired_leaves_the_card_where_the_template_says_so(self):
        self.enrol()
        self.change_template(enroll=AUTO_ENROLLMENT | REMOVE_INVALID, signatures=1)
        self.pass_days(400)
        plan = self.cardenroll("plan", "--refresh", "--json").json
        self.assertEqual([(a["action"], a["because"], a["template"]) for a in plan["actions"]],
                         [("remove", "expired", None)], plan)
        self.assertEqual(plan["actions"][0]["certificate"], self.certificates()[0]["fingerprint"])
        self.assertIn("REMOVE_INVALID_CERTIFICATE_FROM_PERSONAL_STORE 0x400", plan["actions"][0]["detail"])
        self.assertEqual(len(self.cardenroll("explain", "--json").json["removals"]), 1)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([p["action"] for p in answer.json["performed"]], ["remove"])
        self.assertEqual((self.certificates(), self.card()["keys"]), ([], []))
        self.assertIn("expired on", self.cardenroll("history", "--json").json["history"][0]["note"])

    def test_one_logon_certificate_is_left_of_all_that_a_template_supersedes(self):
        self.insert_blank()
        for name in ("SmartcardLogon", "LabSmartcardSameKey"):
            answer = self.cardenroll("enroll", "--template", name, "--json")
            self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(len(self.certificates()), 2)
        self.addCleanup(self.modify, TEMPLATE, PLAIN)
        self.modify(TEMPLATE, {"msPKI-Supersede-Templates": ["SmartcardLogon", "LabSmartcardSameKey"]})
        self.verdict()
        self.assertEqual(self.plan(), [("supersede", "superseded-by"), ("remove", "superseded-by")])
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(len(self.certificates()), 1)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def test_who_has_a_new_name_gets_a_new_certificate(self):
        self.addCleanup(self.modify, ALICE, {"userPrincipalName": "alice@lab.test"})
        self.modify(ALICE, {"userPrincipalName": "alice.jones@lab.test"})
        self.enrol()
        old = self.certificates()
        self.modify(ALICE, {"userPrincipalName": "alice.smith@lab.test"})
        verdict = self.verdict()
        self.assertEqual(verdict["because"], "user-name-changed", verdict)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assert_replaced(old)
        self.assertEqual(self.certificates()[0]["upn"], "alice.smith@lab.test")

    def ask_for_what_will_be_gone(self):
        self.insert_blank()
        self.copy_template("LabSmartcard", "LabSmartcardBrief")
        self.modify(f"CN=LabSmartcardBrief,{TEMPLATES}", {"msPKI-Enrollment-Flag": PEND_ALL_REQUESTS})
        return self.cardenroll("enroll", "--template", "LabSmartcardBrief", "--json")

    def lose_template(self):
        self.change_directory(f"dn: CN=LabSmartcardBrief,{TEMPLATES}\nchangetype: delete\n\n"
                              f"dn: CN=LAB-CA,CN=Enrollment Services,{CONFIGURATION}\nchangetype: modify\n"
                              "delete: certificateTemplates\ncertificateTemplates: LabSmartcardBrief\n")
        self.verdict()

    def test_what_was_granted_is_fetched_though_its_template_is_gone(self):
        answer = self.ask_for_what_will_be_gone()
        self.assertEqual(answer.status, WAITING, answer)
        self.lab("ca", "approve", answer.json["performed"][0]["request_id"])
        self.lose_template()
        self.pass_days(1)
        plan = self.cardenroll("plan", "--json").json
        self.assertEqual([(a["action"], a["template"]) for a in plan["actions"]],
                         [("fetch-pending", "LabSmartcardBrief"), ("enroll", "LabSmartcard")])
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([p["outcome"] for p in answer.json["performed"]], ["done", "done"], answer)
        self.assertEqual(len(self.certificates()), 2)
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def second_authority(self):
        """LAB-CA2 issues a template of its own, and nobody listens there."""
        self.add_authority("LAB-CA2", "https://ca1.lab.test:9/LAB-CA2_CES_Kerberos/service.svc/CES")
        self.copy_template("LabSmartcard", "LabAbsent", superseding=False, authority="LAB-CA2")
        self.addCleanup(self.change_directory,
                        f"dn: CN=LabAbsent,{TEMPLATES}\nchangetype: delete\n\n"
                        f"dn: CN=LAB-CA2,CN=Enrollment Services,{CONFIGURATION}\nchangetype: delete\n")

    def test_a_ca_that_is_down_does_not_stop_the_others(self):
        self.second_authority()
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assert_failed(answer, UNREACHABLE, "ca-unreachable", "template 'LabAbsent'", "ca1.lab.test:9")
        performed = {one["template"]: one for one in answer.json["performed"]}
        self.assertEqual({name: one["outcome"] for name, one in performed.items()},
                         {"LabSmartcard": "done", "LabAbsent": "failed"})
        self.assertEqual(performed["LabAbsent"]["error"], {key: answer.error[key] for key in ("code", "message", "hint")})
        self.assertEqual(len(self.certificates()), 1)
        keys, prompts = self.card()["keys"], self.prompts()
        self.assertEqual(len(keys), 2)
        # What is left fails before the card is needed.
        self.reinsert()
        answer = self.cardenroll("run", "--json")
        self.assert_failed(answer, UNREACHABLE, "ca-unreachable", "template 'LabAbsent'")
        self.assertEqual(self.prompts(), prompts)
        self.assertEqual(self.card()["keys"], keys)
        states = [(one["template"], one["state"]) for one in self.cardenroll("history", "--json").json["history"]]
        self.assertIn(("LabSmartcard", "done"), states)

    def test_what_was_denied_is_left_alone_for_a_day(self):
        self.change_template(enroll=PEND_ALL_REQUESTS | PUBLISH_TO_DS | AUTO_ENROLLMENT)
        self.insert_blank()
        waits = self.cardenroll("run", "--json")
        self.assertEqual(waits.status, WAITING, waits)
        self.lab("ca", "deny", waits.json["performed"][0]["request_id"], "not this one")
        self.pass_days(1)
        self.assert_failed(self.cardenroll("run", "--json"), REFUSED, "ca-denied", "not this one")
        self.assertEqual(self.card()["keys"], [])
        requests, prompts = self.requests(), self.prompts()
        self.reinsert()
        again = self.cardenroll("run", "--json")
        self.assertEqual(again.status, NOTHING_TO_DO, again)
        self.assertEqual((self.requests(), self.prompts()), (requests, prompts))
        self.assertRegex(self.cardenroll("plan").out, "(?s)nothing to do.*Left alone for now.*LabSmartcard +denied.*asked\\s+for\\s+again")
        verdict = self.verdict()
        self.assertEqual((verdict["verdict"], verdict["because"]), ("none", "denied"), verdict)
        self.assertRegex(verdict["detail"], r"^LAB-CA refused request \d+ on .*not this one.* asked for again on ")
        # A person who names it asks at once; the machine a day after that was denied, too.
        waits = self.cardenroll("enroll", "--template", "LabSmartcard", "--json")
        self.assertEqual(waits.status, WAITING, waits)
        self.lab("ca", "deny", waits.json["performed"][0]["request_id"], "nor this one")
        self.assert_failed(self.cardenroll("pending", "fetch", "--json"), REFUSED, "ca-denied", "nor this one")
        self.assertEqual(self.plan(), [])
        self.pass_days(1)
        self.assertEqual(self.plan(), [("enroll", "no-valid-certificate")])

    def test_a_key_whose_template_is_gone_does_not_stay(self):
        self.lab("ca", "fault", "cut-before-answer")
        answer = self.ask_for_what_will_be_gone()
        self.assertEqual(answer.error["code"], "ca-unreachable", answer)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.lab("ca", "fault", "none")
        self.lose_template()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual((len(self.card()["keys"]), len(self.certificates())), (1, 1))
        history = self.cardenroll("history", "--json").json["history"]
        self.assertIn("given up: the directory has no such template any more", [line["note"] for line in history])
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def published(self):
        """Alice's certificates in the directory, in base64."""
        answer = self.run_as("alice", "ldapsearch", "-Q", "-LLL", "-o", "ldif-wrap=no", "-Y", "GSSAPI", "-H",
                             "ldap://dc1.lab.test", "-b", ALICE, "-s", "base", "userCertificate")
        return [line.split(":: ")[1].encode() for line in answer.out.splitlines() if line.startswith("userCertificate")]

    def renew_published(self):
        """Returns the certificate that is renewed and another one, both published, and what the history says then."""
        self.enrol()
        old, other = self.read_certificate(), base64.b64encode(b"\0some other certificate")
        self.addCleanup(self.modify, ALICE, {"userCertificate": None})
        self.modify(ALICE, {"userCertificate": [old, other]})
        self.pass_days(340)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        return old, other, self.cardenroll("history", "--json").json["history"][0]["note"]

    def test_what_was_replaced_is_taken_out_of_the_directory(self):
        _old, other, note = self.renew_published()
        self.assertEqual(self.published(), [other])
        self.assertIn("was taken out of the directory (userCertificate)", note)

    def test_who_may_not_write_to_the_directory_gets_a_certificate_all_the_same(self):
        self.deny_writing()
        old, other, note = self.renew_published()
        self.assertEqual(sorted(self.published()), sorted([old, other]))
        self.assertIn("stays in the directory (userCertificate): you may not write userCertificate of", note)

    def deny_writing(self):
        """Denies everybody but administrators the change of alice's userCertificate, until the end of the test."""
        descriptor = self.run_as("administrator", "ldapsearch", "-Q", "-LLL", "-o", "ldif-wrap=no", "-Y", "GSSAPI", "-H",
                                 "ldap://dc1.lab.test", "-b", ALICE, "-s", "base", "-E", "!1.2.840.113556.1.4.801=::MAMCAQc=",
                                 "nTSecurityDescriptor").out.split(":: ")[1].split()[0].encode()
        self.addCleanup(self.modify, ALICE, {"nTSecurityDescriptor": descriptor})
        answer = self.run_as("administrator", SAMBA_TOOL, "dsacl", "set", "-H", "ldap://dc1.lab.test",
                             "--use-kerberos=required", f"--objectdn={ALICE}", f"--sddl=(OD;;WP;{USER_CERTIFICATE};;PS)")
        self.assertEqual(answer.status, 0, answer)

    def test_a_certificate_in_the_directory_is_enough_where_the_template_says_so(self):
        self.enrol()
        self.modify(ALICE, {"userCertificate": self.read_certificate()})
        self.addCleanup(self.modify, ALICE, {"userCertificate": None})
        self.change_template(enroll=AUTO_ENROLLMENT | CHECK_USER_DS_CERTIFICATE)
        self.lab("remove")
        self.insert_blank()
        verdict = self.verdict()
        self.assertEqual((verdict["verdict"], verdict["because"]), ("none", "up-to-date"), verdict)
        self.assertIn("the directory has a certificate of it", verdict["detail"])
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        self.change_template(enroll=AUTO_ENROLLMENT)
        self.assertEqual(self.verdict()["verdict"], "enroll")
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(len(self.certificates()), 1)


if __name__ == "__main__":
    main()
