#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent does it by itself, on insertion; and lives on, whatever happens to a card."""

from agent_desk import AgentDesk
from desk import CARDENROLL, DONE, NOTHING_TO_DO, main


class Agent(AgentDesk):

    def test_a_blank_card_is_enrolled_by_the_agent(self):
        self.start()
        self.assertEqual(self.look_after(self.insert_blank), "done")
        self.wait_for_news("ready")
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_card_that_is_in_at_the_start_is_noticed(self):
        self.insert_blank()
        self.start()
        self.wait_for(lambda: self.outcomes() == ["done"], self.told)

    def test_a_second_insertion_is_silent(self):
        self.start()
        self.assertEqual(self.look_after(self.insert_blank), "done")
        self.wait_for_news("ready")
        shown, prompts, requests = len(self.events()), self.prompts(), self.lab("ca", "list")
        self.assertEqual(self.look_after(self.reinsert), "nothing-to-do")
        self.await_news()
        self.assertEqual(self.prompts(), prompts)
        self.assertEqual(self.lab("ca", "list"), requests)
        self.assertEqual([e for e in self.events()[shown:] if e["event"] == "notify"], [])

    def test_a_wrong_pin_is_told_once_and_the_next_insertion_works(self):
        self.start()
        self.set_pin("999999")
        self.assertEqual(self.look_after(self.insert_blank), "failed")
        self.wait_for_news("PIN", "2 tries left")
        self.assertEqual(self.state(), "failed")
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertEqual(self.card()["pin_tries"], 2)
        self.set_pin("648219")
        self.assertEqual(self.look_after(self.reinsert), "done")
        self.assertTrue(self.alive())

    def test_pcscd_killed_and_restarted(self):
        self.start()
        self.lab("pcscd", "kill")
        self.wait_for(lambda: "'pcsc-unavailable'" in self.tree(), self.told)
        self.assertTrue(self.alive())
        self.lab("pcscd", "start")
        self.assertEqual(self.look_after(self.insert_blank), "done")

    def test_a_card_pulled_while_it_works_carries_on(self):
        self.start()
        self.make_slow()
        self.insert_blank()
        self.wait_for_generation()
        self.look_after(lambda: self.lab("remove"))
        self.wait_for_news("insert")
        self.go_on()
        self.assertEqual(self.look_after(lambda: self.lab("insert")), "done")
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_the_ca_is_down_and_comes_back(self):
        self.start()
        self.lab("ca", "down")
        self.assertEqual(self.look_after(self.insert_blank), "failed")
        self.wait_for_news("certification authority")
        self.lab("ca", "up")
        self.assertEqual(self.look_after(self.reinsert), "done")
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_nobody_enters_a_pin_for_a_ca_that_is_still_down(self):
        self.start()
        self.lab("ca", "down")
        self.assertEqual(self.look_after(self.insert_blank), "failed")
        self.wait_for_news("certification authority")
        self.assertEqual(len(self.new_prompts()), 1)
        for _ in range(3):
            sent = [line["state"] for line in self.history()].count("request-sending")
            self.assertEqual(self.look_after(self.reinsert), "failed")
            self.assertGreater([line["state"] for line in self.history()].count("request-sending"), sent)
        self.assertEqual(len(self.new_prompts()), 1)
        self.lab("ca", "up")
        self.assertEqual(self.look_after(self.reinsert), "done")
        self.assertEqual(len(self.new_prompts()), 2)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_two_readers_two_cards(self):
        self.start()
        self.insert_blank("0")
        self.insert_blank("1")
        self.wait_for(lambda: self.outcomes() == ["done", "done"], self.told)
        self.assertEqual([line["state"] for line in self.history()].count("done"), 2)

    def test_run_again_over_the_bus(self):
        self.start()
        self.assertEqual(self.look_after(self.insert_blank), "done")
        tree = self.tree()
        self.assertIn("org.cardenroll.Card1", tree)
        self.assertIn("Run(", tree)

    def due_in_the_agent(self, ahead):
        """A card that was enrolled, AHEAD days later. How the agent's look at it ends."""
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.lab("remove")
        self.n_prompts = len(self.prompts())
        # The CA comes along; the domain controller's clock cannot be moved, so it would refuse certificates of the future.
        self.configure("[logon]\ntrial=no\n")
        self.addCleanup(self.lab, "ca", "clock", "0")
        self.lab("ca", "clock", str(ahead * 24 * 3600))
        self.start("alice", "--env", f"CARDENROLL_CLOCK_AHEAD={ahead * 24 * 3600}")
        return self.look_after(lambda: self.lab("insert"))

    def test_a_renewal_is_offered_and_done_when_the_person_says_so(self):
        self.assertEqual(self.due_in_the_agent(340), "offered")
        self.wait_for_news("due for renewal", "Lab Smartcard", "It takes", "can wait until")
        self.assertEqual(self.new_prompts(), [])
        shown = [e for e in self.events() if e["event"] == "notify"][-1]
        self.lab("notifications", "invoke", str(shown["id"]), "tomorrow")
        self.wait_for(lambda: "postponed until" in self.run_as("alice", CARDENROLL, "status").out)
        self.look_after(self.reinsert)
        self.wait_for(lambda: "postponed until" in self.run_as("alice", CARDENROLL, "status").out)
        self.assertEqual(self.new_prompts(), [])
        before = self.card()["files"]
        self.assertEqual(self.cardenroll("run", "--json", options=["--env", f"CARDENROLL_CLOCK_AHEAD={340 * 24 * 3600}"]).status, DONE)
        self.assertNotEqual(self.card()["files"], before)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_renewal_that_can_no_longer_wait_is_begun(self):
        self.assertEqual(self.due_in_the_agent(360), "done")
        self.wait_for_news("ready")
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertNotIn("due for renewal", self.news())

    def test_what_was_mended_by_hand_is_shown_as_such(self):
        self.start()
        self.set_pin("999999")
        self.assertEqual(self.look_after(self.insert_blank), "failed")
        self.assertEqual(self.state(), "failed")
        self.set_pin("648219")
        self.assertEqual(self.look_after(lambda: self.assertEqual(self.cardenroll("run").status, DONE)), "nothing-to-do")
        self.wait_for(lambda: self.state() == "ready", self.told)
        self.wait_for_news("Your card is ready")
        self.assertEqual(len(self.new_prompts()), 2)

    def test_command_line_and_agent_agree(self):
        self.start()
        self.assertEqual(self.look_after(self.insert_blank), "done")
        self.assertEqual(self.run_as("alice", CARDENROLL, "run", "--json").status, NOTHING_TO_DO)


if __name__ == "__main__":
    main()
