#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Policy services and CAs that want a client certificate, whose key is on the card, or user name and password."""

import base64
import os
import sys

from desk import CARD, DONE, FAILED, HERE, NOTHING_TO_DO, PIN, REFUSED, WAITING, Desk, main

sys.path.insert(0, os.path.join(HERE, "..", "lab"))
from test_lab import CONFIGURATION  # noqa: E402

CEP = "https://ca1.lab.test:8443/ADPolicyProvider_CEP_Certificate/service.svc/CEP"
CEP_BY_TICKET = "https://ca1.lab.test/ADPolicyProvider_CEP_Kerberos/service.svc/CEP"
BY_TICKET = "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES"
BY_PASSWORD = "https://ca1.lab.test/LAB-CA_CES_UsernamePassword/service.svc/CES"
BY_CERTIFICATE = "https://ca1.lab.test:8443/LAB-CA_CES_Certificate/service.svc/CES"
KERBEROS, PASSWORD, CERTIFICATE = 2, 4, 8
WORD = "Passw0rd!Lab"
USER = "[policy]\nuser=alice@lab.test\n"
HOUR = 3600


class Authentication(Desk):

    def setUp(self):
        super().setUp()
        self.ahead = 0
        # The domain controller's clock cannot be moved, so it would refuse certificates of the future.
        self.configure("")

    def clear(self):
        self.lab("ca", "clock", "0")
        super().clear()

    def configure(self, text="", user="alice"):
        super().configure("[logon]\ntrial=no\n" + text, user)

    def cardenroll(self, *arguments, options=(), **more):
        return super().cardenroll(*arguments, options=["--env", f"CARDENROLL_CLOCK_AHEAD={self.ahead}", *options], **more)

    def pass_days(self, days):
        self.pass_hours(24 * days)

    def pass_hours(self, hours):
        self.ahead += hours * HOUR
        self.lab("ca", "clock", str(self.ahead))

    def answer_next(self, *lines):
        """What the next prompts are answered with; the last line all that follow."""
        self.set_pin(*["!cancel"] * len(self.prompts()), *lines)

    def enrol(self):
        """A card with a certificate, by ticket; its serial number."""
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.n_prompts = len(self.prompts())
        (certificate,) = self.cardenroll("status", "--json").json["readers"][0]["certificates"]
        return certificate["serial"]

    def use_service(self, *urls):
        self.configure(f"[policy]\nsource=xcep\nauthentication=certificate\nurl={';'.join(urls)}\n"
                       f"[ca]\ntls-ca-file={os.path.join(self.folder, 'ca/ca.pem')}\n")

    def use_endpoints(self, *endpoints):
        """What the directory says of LAB-CA: (priority, authentication, renewal only, URL) of each endpoint."""
        path = os.path.join(self.folder, "endpoints.ldif")
        with open(path, "w", encoding="utf-8") as file:
            file.write(f"dn: CN=LAB-CA,CN=Enrollment Services,{CONFIGURATION}\nchangetype: modify\n"
                       "replace: msPKI-Enrollment-Servers\n")
            for priority, authentication, renewal_only, url in endpoints:
                value = f"{priority}\n{authentication}\n{renewal_only}\n{url}\n0"
                file.write(f"msPKI-Enrollment-Servers:: {base64.b64encode(value.encode()).decode()}\n")
        self.lab("run", "--user", "administrator", "--", "ldapmodify", "-Q", "-Y", "GSSAPI", "-H",
                 "ldap://dc1.lab.test", "-f", path)

    def asked(self, path, status=200):
        """How often the CA's service at PATH has answered with STATUS."""
        with open(os.path.join(self.folder, "log/ca.log"), encoding="utf-8") as log:
            return sum(f'"POST {path[path.index("/", 8):]} HTTP/1.1" {status} ' in line for line in log)

    # policy services

    def test_a_policy_is_read_by_the_card_with_one_pin_and_then_kept(self):
        self.enrol()
        self.use_service(CEP)
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        self.assertEqual(answer.json["policy"]["source"], CEP)
        self.assertEqual(answer.json["policy"]["skipped"], [])
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertIn("to read which certificates you should have", self.new_prompts()[0])
        for command in ("plan", "run"):
            self.assertEqual(self.cardenroll(command, "--json").status, NOTHING_TO_DO)
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertEqual(self.cardenroll("plan", "--refresh", "--json").status, NOTHING_TO_DO)
        self.assertEqual(self.cardenroll("policy", "--refresh", "--json").status, DONE)
        self.assertEqual(len(self.new_prompts()), 3)

    def test_one_pin_serves_policy_and_renewal(self):
        self.enrol()
        self.use_service(CEP)
        self.pass_days(340)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual([one["action"] for one in answer.json["performed"]], ["renew"], answer)
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_blank_card_cannot_show_one(self):
        self.use_service(CEP)
        self.insert_blank()
        self.assert_failed(self.cardenroll("plan", "--json"), FAILED, "misconfigured", CEP,
                           "it asks for a client certificate, and card 'Lab card", "holds none that is in force",
                           "use the service's address for Kerberos")
        self.assertEqual(self.new_prompts(), [])

    def test_a_wrong_pin_is_tried_once(self):
        self.enrol()
        self.use_service(CEP, CEP)
        self.answer_next("111111")
        self.assert_failed(self.cardenroll("run", "--json"), CARD, "pin-incorrect", CEP)
        self.assertEqual(len(self.new_prompts()), 1)
        self.answer_next(PIN)
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def test_who_gives_no_pin_is_served_from_what_is_known(self):
        self.enrol()
        self.use_service(CEP, CEP)
        self.answer_next("!cancel")
        self.assert_failed(self.cardenroll("plan", "--json"), FAILED, "cancelled", CEP)
        self.assertEqual(len(self.new_prompts()), 1)
        self.answer_next(PIN, "!cancel")
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)
        self.pass_days(1)
        answer = self.cardenroll("plan", "--json")
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        self.assertIn(CEP, answer.json["policy"]["cached_because"])
        answer = self.cardenroll("run", "--batch", "--json")
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        self.assertIn("nobody may be asked", answer.json["plan"]["policy"]["cached_because"])
        self.assertEqual(len(self.new_prompts()), 3)

    def test_a_revoked_certificate_lets_nobody_in(self):
        serial = self.enrol()
        self.lab("ca", "revoke", serial, "superseded")
        self.use_service(CEP)
        self.assert_failed(self.cardenroll("plan", "--json"), REFUSED, "ca-denied", CEP,
                           "does not let you in with the certificate 'alice@lab.test'")

    # CAs

    def test_a_renewal_shows_the_old_certificate(self):
        self.use_endpoints((1, CERTIFICATE, 1, BY_CERTIFICATE), (2, KERBEROS, 0, BY_TICKET))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        by_ticket, by_certificate = self.asked(BY_TICKET), self.asked(BY_CERTIFICATE)
        self.enrol()
        self.assertEqual((self.asked(BY_TICKET) - by_ticket, self.asked(BY_CERTIFICATE) - by_certificate), (1, 0))
        self.pass_days(340)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual((self.asked(BY_TICKET) - by_ticket, self.asked(BY_CERTIFICATE) - by_certificate), (1, 1))
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)

    def test_a_certificate_that_is_refused_leads_to_the_next_endpoint(self):
        self.use_endpoints((1, CERTIFICATE, 1, BY_CERTIFICATE), (2, KERBEROS, 0, BY_TICKET))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        self.lab("ca", "validity", str(10 * HOUR))
        self.addCleanup(self.lab, "ca", "validity", "0")
        serial = self.enrol()
        # The list that is kept is in force for a day: the product does not know what the CA does.
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)
        self.lab("ca", "revoke", serial, "superseded")
        self.pass_hours(9)
        refused, by_ticket = self.asked(BY_CERTIFICATE, 403), self.asked(BY_TICKET, 500)
        answer = self.cardenroll("run", "--json")
        self.assertEqual((self.asked(BY_CERTIFICATE, 403) - refused, self.asked(BY_TICKET, 500) - by_ticket), (1, 1), answer)
        self.assertEqual(answer.error["code"], "ca-denied", answer)

    def test_a_blank_card_has_no_endpoint_that_is_for_renewals(self):
        self.use_endpoints((1, CERTIFICATE, 1, BY_CERTIFICATE), (2, PASSWORD, 0, BY_PASSWORD))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        self.insert_blank()
        answer = self.cardenroll("plan", "--json")
        (verdict,) = [one for one in answer.json["templates"] if one["name"] == "LabSmartcard"]
        self.assertEqual(verdict["because"], "no-usable-ca", verdict)
        self.assertIn("set [policy] user", verdict["detail"])
        self.use_endpoints((1, CERTIFICATE, 0, BY_CERTIFICATE))
        answer = self.cardenroll("plan", "--refresh", "--json")
        (verdict,) = [one for one in answer.json["templates"] if one["name"] == "LabSmartcard"]
        self.assertIn("this card holds none that is in force", verdict["detail"])

    def test_a_pending_request_is_asked_for_as_it_was_made(self):
        """By a certificate that is on the card for another template; so not without the card."""
        self.use_endpoints((1, CERTIFICATE, 0, BY_CERTIFICATE), (2, KERBEROS, 0, BY_TICKET))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        self.enrol()
        asked = self.asked(BY_CERTIFICATE)
        answer = self.cardenroll("enroll", "--template", "LabSmartcardPending", "--json")
        self.assertEqual(answer.status, WAITING, answer)
        self.assertEqual(self.asked(BY_CERTIFICATE) - asked, 1)
        number = answer.json["performed"][0]["request_id"]
        self.lab("remove", "0")
        self.assert_failed(self.cardenroll("pending", "fetch", "--json"), CARD, "no-card", BY_CERTIFICATE, "on the card")
        self.lab("ca", "approve", number)
        self.lab("insert", "0")
        by_ticket = self.asked(BY_TICKET)
        self.pass_hours(2)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual((self.asked(BY_CERTIFICATE) - asked, self.asked(BY_TICKET) - by_ticket), (2, 0))
        self.assertEqual(len(self.card()["keys"]), 2)

    def test_user_name_and_password(self):
        self.use_endpoints((1, PASSWORD, 0, BY_PASSWORD))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        self.configure(USER)
        self.insert_blank()
        self.answer_next(PIN, WORD)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertEqual(len(self.new_prompts()), 2)
        self.assertNotIn(WORD, answer.out + answer.err)
        self.assertEqual(self.cardenroll("plan", "--json").status, NOTHING_TO_DO)

    def test_a_wrong_password_is_tried_once(self):
        self.use_endpoints((1, PASSWORD, 0, BY_PASSWORD), (2, PASSWORD, 0, BY_PASSWORD))
        self.addCleanup(self.use_endpoints, (1, KERBEROS, 0, BY_TICKET))
        self.configure(USER)
        self.insert_blank()
        self.answer_next(PIN, "wrong")
        self.assert_failed(self.cardenroll("run", "--json"), REFUSED, "ca-denied", "User name or password is wrong")
        self.assertEqual(len(self.new_prompts()), 2)
        self.use_endpoints((1, KERBEROS, 0, BY_TICKET))
        self.answer_next(PIN)
        self.assert_works()


if __name__ == "__main__":
    main()
