#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A card without room: the key goes on where the template allows it, else a person is asked what may go."""

import json
import subprocess

from desk import CARD, DONE, LAB, NOTHING_TO_DO, PIN, WORKER, main
from later import LaterDesk

TEMPLATE = "CN=LabSmartcard,CN=Certificate Templates,CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"
AUTO_ENROLLMENT, REUSE_KEY_WHEN_FULL = 0x20, 0x2000  # msPKI-Enrollment-Flag
READER = "Virtual PCD 00 00"


class Room(LaterDesk):

    def clear(self):
        for limit in ("limit-files", "limit-bytes"):
            self.lab("card", "0", limit, "off", check=False)
        super().clear()

    def run_with_answers(self, answers):
        """As the agent runs the worker: (result, the texts of the questions), which are answered by ANSWERS in turn."""
        command = [LAB, "run", self.folder, "--env", f"CARDENROLL_CLOCK_AHEAD={self.ahead}", "--", WORKER]
        job = {"command": "run", "reader": READER, "card": None, "template": None, "interactive": True, "pin_fd": -1, "limit": 50}
        asked, result = [], None
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as worker:
            print(json.dumps(job), file=worker.stdin, flush=True)
            for line in worker.stdout:
                report = json.loads(line)
                if report["type"] == "question":
                    self.assertEqual(report["id"], "make-room")
                    asked.append(report["text"])
                    answer = {"id": report["id"], "answer": answers[len(asked) - 1]}
                    print(json.dumps(answer), file=worker.stdin, flush=True)
                elif report["type"] == "result":
                    result = report
        return result, asked

    def fill(self, left=0):
        """No more files and keys than there are, and LEFT."""
        card = self.card()
        self.lab("card", "0", "limit-files", str(len(card["files"]) + len(card["keys"]) + left))

    def make_room(self):
        self.lab("card", "0", "limit-files", "off")

    def enrol(self):
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)

    def generate_other_key(self):
        done = self.run_as("alice", "sh", "-c", f"export PIN={PIN}; exec pkcs11-tool --module opensc-pkcs11.so --login --pin env:PIN "
                           "--keypairgen --key-type EC:prime256v1 --id 77 --label 'ssh at home'")
        self.assertEqual(done.status, 0, done)

    def assert_one_valid(self, old=()):
        certificates = self.certificates()
        self.assertEqual([c["has_key"] for c in certificates], [True], certificates)
        self.assertNotIn(certificates[0], list(old))
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(self.cardenroll("run", "--json").status, NOTHING_TO_DO)

    def test_what_has_expired_goes_if_its_owner_says_so(self):
        self.enrol()
        old = self.certificates()
        self.pass_days(400)
        self.fill()
        # Nobody to ask is a no.
        self.assert_failed(self.cardenroll("run", "--json"), CARD, "token-full", "it could do without the certificate")
        result, asked = self.run_with_answers(["yes"])
        self.assertEqual(result["outcome"], "done", result)
        self.assertEqual(len(asked), 1)
        self.assertIn("no room left on the card", asked[0])
        self.assertIn("which expired on", asked[0])
        self.assert_one_valid(old)
        removed = [line for line in self.cardenroll("history", "--json").json["history"] if line["action"] == "remove"]
        self.assertEqual(removed[0]["state"], "done")

    def test_without_a_yes_nothing_goes(self):
        """Wherever the card gets full: before the key, or after it, which the card must not keep."""
        self.enrol()
        self.pass_days(400)
        before = self.card()
        for left in (0, 2):
            with self.subTest(left):
                self.fill(left)
                result, asked = self.run_with_answers(["no"])
                self.assertEqual(len(asked), 1)
                self.assertEqual(result["error"]["code"], "token-full", result)
                self.assertIn("it could do without the certificate", result["error"]["message"])
                self.make_room()
                after = self.card()
                self.assertEqual((after["keys"], after["files"]), (before["keys"], before["files"]))

    def test_a_key_of_another_program_goes_only_if_its_owner_says_so(self):
        self.insert_blank()
        self.generate_other_key()
        self.fill()
        result, asked = self.run_with_answers(["no"])
        self.assertEqual(result["error"]["code"], "token-full", result)
        self.assertIn("the key 'ssh at home', which has no certificate", asked[0])
        result, asked = self.run_with_answers(["yes"])
        self.assertEqual((result["outcome"], len(asked)), ("done", 1), result)
        self.assert_one_valid()

    def test_a_key_that_waits_for_its_certificate_is_not_offered(self):
        self.insert_blank()
        self.assertEqual(self.cardenroll("enroll", "--template", "LabSmartcardPending", "--json").json["outcome"], "waiting")
        self.fill()
        result, asked = self.run_with_answers([])
        self.assertEqual((result["error"]["code"], asked), ("token-full", []), result)
        self.assertNotIn("do without", result["error"]["message"])
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_the_key_goes_on_where_the_template_allows_it(self):
        self.set_flags(AUTO_ENROLLMENT | REUSE_KEY_WHEN_FULL)
        self.addCleanup(self.set_flags, AUTO_ENROLLMENT | 0x8)
        self.enrol()
        old, keys = self.certificates(), self.keys()
        self.pass_days(340)
        self.fill(left=1)
        result, asked = self.run_with_answers([])
        self.assertEqual((result["outcome"], asked), ("done", []), result)
        self.assertEqual(self.keys(), keys)
        self.assert_one_valid(old)

    def test_a_certificate_cut_short_by_a_full_card_is_noticed(self):
        """Also where the module says that it was written, and again after room was made that is not enough."""
        self.enrol()
        self.generate_other_key()
        old = self.certificates()
        size = max(file["size"] for file in self.card()["files"] if file["fid"].startswith("CE"))
        self.pass_days(340)
        self.lab("card", "0", "limit-bytes", str(size - 50))
        result, asked = self.run_with_answers(["yes"])
        self.assertIn("the key 'ssh at home', which has no certificate", asked[0])
        self.assertEqual((result["error"]["code"], len(asked)), ("token-full", 1), result)
        self.assertIn("no room left on the card", result["error"]["message"])
        self.lab("card", "0", "limit-bytes", "off")
        self.assertIn(old[0], self.certificates())
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.assert_one_valid(old)

    def keys(self):
        return [key["id"] for key in self.cardenroll("status", "--json").json["readers"][0]["keys"]]

    def set_flags(self, flags):
        ldif = f"dn: {TEMPLATE}\nchangetype: modify\nreplace: msPKI-Enrollment-Flag\nmsPKI-Enrollment-Flag: {flags}\n-\n"
        done = self.run_as("administrator", "ldapmodify", "-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test", input=ldif)
        self.assertEqual(done.status, 0, done)


if __name__ == "__main__":
    main()
