#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The agent does it by itself, on insertion; and lives on, whatever happens to a card."""

import glob
import json
import os
import time

from desk import AGENT, CARDENROLL, DONE, NOTHING_TO_DO, WORKER, Desk, main


class Agent(Desk):

    def start(self, user="alice", *options):
        self.lab("service", f"agent-{user}", "start", "--user", user, "--env", f"CARDENROLL_WORKER={WORKER}", *options, AGENT)
        self.addCleanup(self.stop, user)
        self.lab("run", "--user", user, "gdbus", "wait", "--session", "--timeout", "20", "org.cardenroll.Agent1")
        self.n_events = {user: len(self.events(user))}

    def stop(self, user="alice"):
        self.lab("service", f"agent-{user}", "stop", check=False)

    def alive(self, user="alice"):
        return self.lab("service", f"agent-{user}", "alive", check=False).returncode == 0

    def events(self, user="alice"):
        return [json.loads(line) for line in self.lab("notifications", "--user", user).splitlines()]

    def news(self, user="alice"):
        """What was shown since the agent started: summaries and bodies."""
        shown = [e for e in self.events(user)[self.n_events[user]:] if e["event"] == "notify"]
        return "\n".join(f"{e.get('summary', '')} {e.get('body', '')}" for e in shown)

    def wait_for(self, what, seconds=60):
        for _ in range(seconds * 5):
            found = what()
            if found:
                return found
            time.sleep(0.2)
        logs = "".join(open(name, encoding="utf-8").read()[-3000:] for name in glob.glob(f"{self.folder}/log/*agent*"))
        raise AssertionError(f"it did not happen; notifications: {self.events()}\n{logs}")

    def wait_for_news(self, *words, user="alice"):
        return self.wait_for(lambda: all(word.lower() in self.news(user).lower() for word in words) and self.news(user))

    def wait_for_certificate(self, reader="0"):
        self.wait_for(lambda: any(f.startswith("CE") for f in self.file_names(reader)))

    def file_names(self, reader):
        return [str(f.get("fid", f) if isinstance(f, dict) else f).upper() for f in self.card(reader)["files"]]

    def enrolled(self):
        return "done" in [line["state"] for line in self.history()]

    def history(self, user="alice"):
        return self.cardenroll("history", "--json", user=user).json["history"]

    def test_a_blank_card_is_enrolled_by_the_agent(self):
        self.start()
        self.insert_blank()
        self.wait_for(self.enrolled)
        self.wait_for_news("ready")
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_card_that_is_in_at_the_start_is_noticed(self):
        self.insert_blank()
        self.start()
        self.wait_for(self.enrolled)

    def test_a_second_insertion_is_silent(self):
        self.start()
        self.insert_blank()
        self.wait_for(self.enrolled)
        self.wait_for_news("ready")
        shown, prompts, requests, apdus = len(self.events()), self.prompts(), self.lab("ca", "list"), int(self.lab("apdus"))
        self.reinsert()
        self.wait_for(lambda: int(self.lab("apdus")) > apdus)
        time.sleep(3)
        self.assertEqual(self.prompts(), prompts)
        self.assertEqual(self.lab("ca", "list"), requests)
        self.assertEqual([e for e in self.events()[shown:] if e["event"] == "notify"], [])

    def test_a_wrong_pin_is_told_once_and_the_next_insertion_works(self):
        self.start()
        self.set_pin("999999")
        self.insert_blank()
        self.wait_for_news("PIN", "2 tries left")
        time.sleep(2)
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertEqual(self.card()["pin_tries"], 2)
        self.set_pin("648219")
        self.reinsert()
        self.wait_for(self.enrolled)
        self.assertTrue(self.alive())

    def test_pcscd_killed_and_restarted(self):
        self.start()
        self.lab("pcscd", "kill")
        time.sleep(1)
        self.assertTrue(self.alive())
        self.lab("pcscd", "start")
        self.insert_blank()
        self.wait_for(self.enrolled)

    def test_a_card_pulled_while_it_works_carries_on(self):
        self.start()
        self.lab("card", "0", "slow", "3000")
        self.insert_blank()
        self.wait_for(lambda: "key-generating" in [line["state"] for line in self.history()])
        self.lab("remove")
        self.wait_for_news("insert")
        self.lab("card", "0", "slow", "0")
        self.lab("insert")
        self.wait_for(self.enrolled)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_the_ca_is_down_and_comes_back(self):
        self.start()
        self.lab("ca", "down")
        self.insert_blank()
        self.wait_for_news("certification authority")
        self.lab("ca", "up")
        self.reinsert()
        self.wait_for(self.enrolled)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_nobody_enters_a_pin_for_a_ca_that_is_still_down(self):
        self.start()
        self.lab("ca", "down")
        self.insert_blank()
        self.wait_for_news("certification authority")
        self.assertEqual(len(self.new_prompts()), 1)
        for _ in range(3):
            sent = [line["state"] for line in self.history()].count("request-sending")
            self.reinsert()
            self.wait_for(lambda: [line["state"] for line in self.history()].count("request-sending") > sent)
        self.assertEqual(len(self.new_prompts()), 1)
        self.lab("ca", "up")
        self.reinsert()
        self.wait_for(self.enrolled)
        self.assertEqual(len(self.new_prompts()), 2)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_two_readers_two_cards(self):
        self.start()
        self.insert_blank("0")
        self.insert_blank("1")
        self.wait_for(lambda: len([1 for line in self.history() if line["state"] == "done"]) == 2)

    def test_run_again_over_the_bus(self):
        self.start()
        self.insert_blank()
        self.wait_for(self.enrolled)
        tree = self.lab("run", "gdbus", "introspect", "--session", "--recurse", "-d", "org.cardenroll.Agent1", "-o",
                        "/org/cardenroll/Agent1")
        self.assertIn("org.cardenroll.Card1", tree)
        self.assertIn("Run(", tree)

    def due_in_the_agent(self, ahead):
        """A card that was enrolled, AHEAD days later."""
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.lab("remove")
        self.n_prompts = len(self.prompts())
        self.start("alice", "--env", f"CARDENROLL_CLOCK_AHEAD={ahead * 24 * 3600}")
        self.lab("insert")

    def test_a_renewal_is_offered_and_done_when_the_person_says_so(self):
        self.due_in_the_agent(340)
        self.wait_for_news("due for renewal", "Lab Smartcard", "It takes", "can wait until")
        self.assertEqual(self.new_prompts(), [])
        shown = [e for e in self.events() if e["event"] == "notify"][-1]
        self.lab("notifications", "invoke", str(shown["id"]), "tomorrow")
        self.wait_for(lambda: "postponed until" in self.run_as("alice", CARDENROLL, "status").out)
        self.reinsert()
        self.wait_for(lambda: "postponed until" in self.run_as("alice", CARDENROLL, "status").out)
        self.assertEqual(self.new_prompts(), [])
        before = self.card()["files"]
        self.assertEqual(self.cardenroll("run", "--json", options=["--env", f"CARDENROLL_CLOCK_AHEAD={340 * 24 * 3600}"]).status, DONE)
        self.assertNotEqual(self.card()["files"], before)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_renewal_that_can_no_longer_wait_is_begun(self):
        self.due_in_the_agent(360)
        self.wait_for_news("ready")
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertNotIn("due for renewal", self.news())

    def test_command_line_and_agent_agree(self):
        self.start()
        self.insert_blank()
        self.wait_for(self.enrolled)
        self.wait_for_news("ready")
        self.assertEqual(self.run_as("alice", CARDENROLL, "run", "--json").status, NOTHING_TO_DO)


if __name__ == "__main__":
    main()
