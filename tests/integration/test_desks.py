#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A card that goes from desk to desk, and journals that are lost or older than the card: the card decides."""

import os
import shutil

from desk import DONE, NOTHING_TO_DO, UNREACHABLE, WAITING, Desk, main

TEMPLATE = "LabSmartcardPending"


class Desks(Desk):

    def at_home(self, *arguments):
        return self.cardenroll(*arguments, "--json")

    def elsewhere(self, *arguments):
        """As the same person, where there is another journal."""
        return self.cardenroll(*arguments, "--json", options=["--env", f"XDG_STATE_HOME={self.file('alice', 'elsewhere')}"])

    def clear(self):
        super().clear()
        shutil.rmtree(self.file("alice", "elsewhere"), ignore_errors=True)

    def leave_a_key(self):
        """At home the CA does not answer: the key is on the card, and the request in the journal."""
        self.insert_blank()
        self.lab("ca", "down")
        self.assert_failed(self.at_home("run"), UNREACHABLE, "ca-unreachable")
        self.lab("ca", "up")
        self.lab("remove", "0")

    def open_jobs(self):
        return [job["state"] for reader in self.at_home("status").json["readers"] for job in reader.get("jobs", [])]

    def assert_whole(self):
        """One certificate with the one key, and no work left at home."""
        self.reinsert()
        self.assertEqual(self.at_home("run").status, NOTHING_TO_DO)
        self.assertEqual(self.open_jobs(), [])
        reader = self.at_home("status").json["readers"][0]
        self.assertEqual([c["has_key"] for c in reader["certificates"]], [True])
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_what_was_begun_at_one_desk_is_finished_at_another(self):
        self.leave_a_key()
        keys = self.keys()
        self.lab("insert", "0")
        self.assertEqual(self.elsewhere("run").status, DONE)
        self.assertEqual(self.keys(), keys)
        self.assert_whole()

    def keys(self):
        card = self.card()
        return card["keys"], [file["fid"] for file in card["files"] if file["fid"].startswith("C4")]

    def test_a_journal_that_was_lost_costs_no_key(self):
        self.leave_a_key()
        keys = self.keys()
        os.unlink(self.file("alice", "state/cardenroll/journal.db"))
        self.lab("insert", "0")
        self.assertEqual(self.at_home("run").status, DONE)
        self.assertEqual(self.keys(), keys)
        self.assert_whole()

    def test_a_journal_from_a_backup_does_not_do_it_again(self):
        self.leave_a_key()
        state, backup = self.file("alice", "state"), self.file("alice", "elsewhere")
        shutil.copytree(state, backup)
        self.lab("insert", "0")
        self.assertEqual(self.at_home("run").status, DONE)
        requests = len(self.requests())
        shutil.rmtree(state)
        shutil.copytree(backup, state)
        self.assert_whole()
        self.assertEqual(len(self.requests()), requests)

    def test_a_request_that_waits_at_one_desk_is_over_when_its_key_got_a_certificate_at_another(self):
        self.insert_blank()
        self.assertEqual(self.at_home("enroll", "--template", TEMPLATE).status, WAITING)
        self.assertEqual(self.elsewhere("enroll", "--template", TEMPLATE).status, WAITING)
        self.assertEqual(len(self.card()["keys"]), 1)
        number = self.elsewhere("pending").json["pending"][0]["request_id"]
        self.lab("ca", "approve", number)
        self.assertEqual(self.elsewhere("pending", "fetch").json["issued"], [number])
        self.elsewhere("enroll", "--template", TEMPLATE)
        self.reinsert()
        self.at_home("run")
        self.assertEqual(self.at_home("pending").json["pending"], [])
        last = [line for line in self.at_home("history").json["history"] if line["template"] == TEMPLATE][0]
        self.assertEqual(last["state"], "abandoned")
        self.assertIn("its key has got another certificate", last["note"])


if __name__ == "__main__":
    main()
