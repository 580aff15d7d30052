#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A year of a card's life, told in one piece: each chapter begins with the card as the one before has left it.

Alice puts her card in once in a while and types her PIN when she is asked. All else happens around her: certificates
run out, administrators change templates, she marries, a certificate is revoked, the CA gets a new key, a manager wants to be asked.
"""

import sys

from desk import DONE, NOTHING_TO_DO, REFUSED, WAITING, main
from later import ALICE, DAY, TEMPLATES, LaterDesk

PUBLISH_TO_DS, AUTO_ENROLLMENT, PEND_ALL_REQUESTS = 0x8, 0x20, 0x2

# What the card has to sign. A new request is a PKCS#10. A renewal is signed by the new key and by the old one. Each new
# certificate is then proved by a signature of its own.
NEW_REQUEST, RENEWAL, PROOF = 1, 2, 1


class Year(LaterDesk):

    def test_a_year(self):
        self.day_0_a_blank_card_gets_a_certificate_for_ten_days()
        self.day_7_there_is_nothing_to_do()
        self.day_9_four_fifths_of_its_life_are_over_and_it_is_renewed_for_a_year()
        self.day_100_the_administrator_wants_all_holders_to_enrol_again()
        self.day_150_a_new_template_supersedes_the_old_one()
        self.day_160_alice_marries_and_has_another_name()
        self.day_170_the_certificate_is_revoked_and_replaced()
        self.day_200_the_ca_gets_a_new_key_and_the_old_certificate_stays_good()
        self.day_212_the_old_cas_certificate_vouches_for_one_of_the_new_ca()
        self.day_254_a_manager_must_approve_and_does()
        self.day_297_a_manager_must_approve_and_does_not()
        self.day_300_nobody_has_to_be_asked_any_more()
        self.the_ca_was_never_asked_for_more_than_that()

    def day_0_a_blank_card_gets_a_certificate_for_ten_days(self):
        self.modify(ALICE, {"userPrincipalName": "alice.meyer@lab.test"})
        self.insert_blank()
        self.lab("ca", "validity", str(10 * DAY))
        self.held, self.objects_at_most = {"fingerprint": ""}, sys.maxsize
        self.expect("enroll", "no-valid-certificate", "no certificate of it is on the card", NEW_REQUEST + PROOF)
        self.objects_at_most = self.objects()

    def day_7_there_is_nothing_to_do(self):
        self.wait_until(7)
        self.expect_nothing()

    def day_9_four_fifths_of_its_life_are_over_and_it_is_renewed_for_a_year(self):
        self.wait_until(9)
        self.lab("ca", "validity", "0")
        self.expect("renew", "renewal-due", "the last fifth of its lifetime", RENEWAL + PROOF)

    def day_100_the_administrator_wants_all_holders_to_enrol_again(self):
        self.wait_until(100)
        self.change_template("LabSmartcard", "revision", 101)
        self.expect("reenroll", "template-major-version", "of major version 100 and the template is of major version 101",
                    RENEWAL + PROOF)

    def day_150_a_new_template_supersedes_the_old_one(self):
        self.wait_until(150)
        self.lab("ca", "validity", str(50 * DAY))
        self.copy_template("LabSmartcard", "LabSmartcardNext")
        self.expect("supersede", "superseded-by", "LabSmartcard", NEW_REQUEST + PROOF)

    def day_160_alice_marries_and_has_another_name(self):
        self.wait_until(160)
        self.assertEqual(self.held["upn"], "alice.meyer@lab.test")
        self.modify(ALICE, {"userPrincipalName": "alice.schmidt@lab.test"})
        self.expect("enroll", "user-name-changed", "alice.schmidt@lab.test", NEW_REQUEST + PROOF)
        self.assertEqual(self.held["upn"], "alice.schmidt@lab.test")

    def day_170_the_certificate_is_revoked_and_replaced(self):
        self.wait_until(170)
        self.lab("ca", "revoke", self.requests()[-1].split()[4], "keyCompromise")
        self.expect("enroll", "revoked", "keyCompromise", NEW_REQUEST + PROOF)

    def day_200_the_ca_gets_a_new_key_and_the_old_certificate_stays_good(self):
        self.wait_until(200)
        self.lab("ca", "renew")
        self.expect_nothing()

    def day_212_the_old_cas_certificate_vouches_for_one_of_the_new_ca(self):
        self.wait_until(212)
        self.expect("renew", "renewal-due", "the last fifth of its lifetime", RENEWAL + PROOF)
        self.assert_issued_by("ca-1.pem")

    def day_254_a_manager_must_approve_and_does(self):
        self.wait_until(254)
        self.change_template("LabSmartcardNext", "msPKI-Enrollment-Flag", PUBLISH_TO_DS | AUTO_ENROLLMENT | PEND_ALL_REQUESTS)
        number = self.expect_to_wait("renew", "renewal-due")
        self.wait_until(255)
        self.lab("ca", "approve", number)
        self.expect("fetch-pending", "pending-issued", f"request {number} is pending at CA 'LAB-CA'", PROOF)

    def day_297_a_manager_must_approve_and_does_not(self):
        self.wait_until(297)
        number = self.expect_to_wait("renew", "renewal-due")
        self.wait_until(298)
        self.lab("ca", "deny", number, "not this time")
        self.expect_denied("not this time")

    def day_300_nobody_has_to_be_asked_any_more(self):
        self.wait_until(300)
        self.change_template("LabSmartcardNext", "msPKI-Enrollment-Flag", PUBLISH_TO_DS | AUTO_ENROLLMENT)
        self.expect("renew", "renewal-due", "the last fifth of its lifetime", RENEWAL + PROOF)
        self.wait_until(335)
        self.expect_nothing()

    def the_ca_was_never_asked_for_more_than_that(self):
        self.assertEqual([line.split()[1] for line in self.requests()],
                         ["issued"] * 8 + ["denied", "issued"])

    # what the chapters say

    def wait_until(self, day):
        self.pass_days(day - self.ahead // DAY)

    def run_card(self):
        """Puts the card in. Returns the answer, and how often the PIN was asked for and the card has signed."""
        prompts, signatures = len(self.prompts()), self.signatures()
        self.reinsert()
        answer = self.cardenroll("run", "--json")
        return answer, len(self.prompts()) - prompts, self.signatures() - signatures

    def assert_planned(self, answer, action, because, words=""):
        planned = answer.json["plan"]["actions"]
        self.assertEqual([(one["action"], one["because"]) for one in planned], [(action, because)], answer)
        self.assertIn(words, planned[0]["detail"])

    def expect(self, action, because, words, signatures):
        """Exactly this is done, with one PIN and no more signatures than it needs; then the card holds one certificate
        with its key, another one than before, and no more objects than on the first day."""
        answer, prompts, signed = self.run_card()
        self.assertEqual(answer.status, DONE, answer)
        self.assert_planned(answer, action, because, words)
        self.assertEqual((prompts, signed), (1, signatures))
        before, self.held = self.held, self.one_pair()
        self.assertNotEqual(self.held["fingerprint"], before["fingerprint"])

    def expect_nothing(self):
        before = self.card()
        answer, prompts, signed = self.run_card()
        self.assertEqual(answer.status, NOTHING_TO_DO, answer)
        self.assertEqual((prompts, signed), (0, 0))
        for part in ("keys", "files"):
            self.assertEqual(self.card()[part], before[part])

    def expect_to_wait(self, action, because):
        """The request is at the CA, its key on the card; what logs on is as it was. Returns the request's number."""
        answer, prompts, signed = self.run_card()
        self.assertEqual(answer.status, WAITING, answer)
        self.assert_planned(answer, action, because)
        self.assertEqual((prompts, signed), (1, RENEWAL))
        self.assertEqual(self.certificates(), [self.held])
        self.assertEqual(len(self.card()["keys"]), 2)
        return answer.json["performed"][0]["request_id"]

    def expect_denied(self, reason):
        """The key of the request goes; the certificate that logs on stays."""
        answer, prompts, signed = self.run_card()
        self.assert_failed(answer, REFUSED, "ca-denied", reason)
        self.assertEqual((prompts, signed), (1, 0))
        self.assertEqual(self.one_pair(), self.held)

    def one_pair(self):
        """The certificate: the card holds just that and its key, and no more objects than on the first day."""
        found = self.certificates()
        self.assertEqual([one["has_key"] for one in found], [True], found)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertLessEqual(self.objects(), self.objects_at_most)
        return found[0]

    # what administrators do

    def change_template(self, name, attribute, value):
        self.modify(f"CN={name},{TEMPLATES}", {attribute: value})


if __name__ == "__main__":
    main()
