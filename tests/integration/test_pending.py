#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Requests that a CA has not decided: listed, fetched and given up without the card, and written when it goes in."""

import contextlib
import sqlite3

from agent_desk import AgentDesk
from desk import DONE, NOT_FOUND, NOTHING_TO_DO, REFUSED, UNREACHABLE, USAGE, WAITING, main

TEMPLATE = "LabSmartcardPending"
HOUR = 3600


class Pending(AgentDesk):

    def ask(self):
        """Leaves a request at the CA, and pulls the card."""
        self.insert_blank()
        answer = self.cardenroll("enroll", "--template", TEMPLATE, "--json")
        self.assertEqual(answer.status, WAITING, answer)
        performed = answer.json["performed"][0]
        self.assertLessEqual(answer.json["plan"]["next_look"], performed["ask_again"], answer)
        self.lab("remove", "0")
        return performed["request_id"]

    def pending(self, *arguments, status=DONE):
        answer = self.cardenroll("pending", *arguments, "--json")
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def states(self):
        return [(one["request_id"], one["state"]) for one in self.pending()["pending"]]

    def test_nothing_is_pending(self):
        self.assertEqual(self.states(), [])
        self.pending("fetch", status=NOTHING_TO_DO)
        self.assertEqual(self.cardenroll("pending", "fetch", "7", "--json").status, NOT_FOUND)
        self.assertEqual(self.cardenroll("pending", "frobnicate", "--json").status, USAGE)

    def test_it_is_listed_and_asked_for_without_the_card(self):
        number = self.ask()
        self.assertEqual(self.states(), [(number, "pending")])
        waiting = self.pending("fetch", status=WAITING)
        self.assertEqual(waiting["issued"], [])
        self.assertIsNotNone(waiting["next_look"])

    def test_what_was_issued_is_written_when_the_card_goes_in(self):
        """Also of a template that autoenrollment does not offer; no CA is needed for it any more."""
        number = self.ask()
        self.lab("ca", "approve", number)
        self.assertEqual(self.pending("fetch", number)["issued"], [number])
        self.assertEqual(self.states(), [(number, "issued")])
        self.assertIn("insert the card", self.cardenroll("pending").out)
        self.lab("ca", "down")
        self.lab("insert", "0")
        plan = self.cardenroll("plan", "--json").json
        self.assertIn(("fetch-pending", TEMPLATE), [(one["action"], one["template"]) for one in plan["actions"]])
        keys = self.card()["keys"]
        self.cardenroll("run", "--json")
        self.lab("ca", "up")
        self.assertEqual(self.states(), [])
        self.assertEqual(self.card()["keys"][:1], keys)
        templates = self.cardenroll("history", "--json").json["history"]
        self.assertIn((TEMPLATE, "proved"), [(line["template"], line["state"]) for line in templates])

    def test_what_expired_before_its_card_came_is_asked_for_anew_with_its_key(self):
        number = self.ask()
        self.addCleanup(self.lab, "ca", "validity", "0")
        self.lab("ca", "validity", str(HOUR))
        self.lab("ca", "approve", number)
        self.assertEqual(self.pending("fetch", number)["issued"], [number])
        self.lab("ca", "validity", "0")
        self.addCleanup(self.lab, "ca", "clock", "0")
        self.lab("ca", "clock", str(2 * HOUR))
        self.lab("insert", "0")
        keys = self.card()["keys"]
        later = ["--env", f"CARDENROLL_CLOCK_AHEAD={2 * HOUR}"]
        self.assertEqual(self.cardenroll("enroll", "--template", TEMPLATE, "--json", options=later).status, WAITING)
        self.assertEqual(self.card()["keys"], keys)
        self.assertEqual([state for _, state in self.states()], ["pending"])

    def test_a_ca_that_is_down_is_named_before_anyone_enters_a_pin(self):
        self.ask()
        self.lab("ca", "down")
        self.lab("insert", "0")
        self.n_prompts = len(self.prompts())
        answer = self.cardenroll("run", "--json", options=["--env", "CARDENROLL_CLOCK_AHEAD=7200"])
        self.assert_failed(answer, UNREACHABLE, "ca-unreachable", "Lab Smartcard")
        self.assertEqual(self.new_prompts(), [])

    def test_what_was_denied_goes_with_its_key(self):
        number = self.ask()
        self.lab("ca", "deny", number, "not this one")
        answer = self.cardenroll("pending", "fetch", "--json")
        self.assert_failed(answer, REFUSED, "ca-denied", "not this one")
        self.assertEqual(self.states(), [(number, "denied")])
        self.take_the_card()
        # One line a job, by its end, however often it was asked for and looked at.
        history = self.cardenroll("history").out
        self.assertEqual(history.count(f" {TEMPLATE} "), 1, history)
        self.assertIn("enroll: denied", history)

    def test_what_was_given_up_goes_with_its_key(self):
        number = self.ask()
        self.assertEqual(self.cardenroll("pending", "cancel", "--json").status, USAGE)
        self.pending("cancel", number)
        self.assertEqual(self.states(), [(number, "denied")])
        self.take_the_card()

    def test_what_is_denied_while_the_card_is_in_leaves_nothing_on_it(self):
        self.insert_blank()
        before = self.card()
        self.assertEqual(self.cardenroll("enroll", "--template", TEMPLATE).status, WAITING)
        self.lab("ca", "deny", self.states()[0][0])
        self.make_due()
        self.assert_failed(self.cardenroll("enroll", "--template", TEMPLATE, "--json"), REFUSED, "ca-denied")
        self.assertIn("to remove what is no longer valid", self.new_prompts()[-1])
        after = self.card()
        self.assertEqual((after["files"], after["keys"]), (before["files"], before["keys"]))

    def take_the_card(self):
        """One more insertion: the key of the request is gone, that of the template that is offered is there."""
        self.lab("insert", "0")
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.assertEqual(self.states(), [])
        keys = self.cardenroll("status", "--json").json["readers"][0]["keys"]
        self.assertEqual([key["has_certificate"] for key in keys], [True])
        self.assertEqual(len(self.new_prompts()), 2)

    def test_a_ca_that_is_down_leaves_it_pending(self):
        number = self.ask()
        self.lab("ca", "down")
        answer = self.cardenroll("pending", "fetch", "--json")
        self.assert_failed(answer, UNREACHABLE, "ca-unreachable")
        self.assertEqual(self.states(), [(number, "pending")])

    # the agent

    def make_due(self):
        """An hour later, for the journal."""
        with contextlib.closing(sqlite3.connect(self.file("alice", "state/cardenroll/journal.db"))) as journal, journal:
            journal.execute("UPDATE job SET ask_again = 1")

    def test_the_agent_tells_to_insert_the_card_and_then_writes_what_was_issued(self):
        number = self.ask()
        self.lab("ca", "approve", number)
        self.make_due()
        self.start()
        self.wait_for_news("A certificate waits for your card Insert card")
        self.assertEqual(self.states(), [(number, "issued")])
        self.assertEqual(self.look_after(lambda: self.lab("insert", "0")), "done")
        self.wait_for_news("Your card is ready")
        self.assertEqual(self.states(), [])
        done = [line["template"] for line in self.cardenroll("history", "--json").json["history"] if line["state"] == "done"]
        self.assertIn(TEMPLATE, done)

    def test_the_agent_does_not_ask_before_it_is_time(self):
        number = self.ask()
        self.lab("ca", "approve", number)
        answer = self.cardenroll("pending", "fetch-due", "--json")
        self.assertEqual(answer.status, WAITING, answer)
        self.assertEqual(self.states(), [(number, "pending")])


if __name__ == "__main__":
    main()
