#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another card goes in while one is being worked on: nothing of the work comes near it, and the first carries on when it returns."""

import os
import subprocess
import time

from desk import CARD, CARDENROLL, DONE, LAB, PIN, WORKER, main
from test_agent import Agent


class Swap(Agent):
    FIRST, OTHER = "SWAP0001", "SWAP0002"

    def setUp(self):
        super().setUp()
        self.files = {}
        for serial in (self.OTHER, self.FIRST):
            self.lab("remove", check=False)
            self.files[serial] = os.path.join(self.folder, f"{serial}.card")
            if os.path.exists(self.files[serial]):
                os.unlink(self.files[serial])
            self.lab("insert", "--blank", "--serial", serial, "--card", self.files[serial])
            self.lab("remove")
        self.untouched = self.content(self.OTHER)

    def content(self, serial):
        with open(self.files[serial], encoding="ascii") as file:
            return file.read()

    def put_in(self, serial):
        self.lab("insert", "--card", self.files[serial])

    def swap(self):
        """As fast as a hand can; what was cut off takes the card in software a moment to end."""
        self.lab("card", "0", "eject")
        self.wait_for(lambda: self.lab("card", "0", "swap", self.files[self.OTHER], check=False).returncode == 0)

    def begin(self):
        """`cardenroll run` in the background."""
        run = subprocess.Popen([LAB, "run", self.folder, "--env", f"CARDENROLL_WORKER={WORKER}", "--", CARDENROLL, "run", "--json"],
                               stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(run.kill)
        return run

    def ends(self, run, *words):
        """With a clear error, and the other card as it was."""
        out, err = run.communicate(timeout=60)
        for word in ("token-gone", *words):
            self.assertIn(word, out, err)
        self.assertEqual(run.returncode, CARD, out + err)
        self.lab("remove")
        self.assertEqual(self.content(self.OTHER), self.untouched)

    def carries_on(self, n_requests):
        """The first card, put back; one key, and no request more than there had to be."""
        self.set_pin(PIN)
        self.put_in(self.FIRST)
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        self.assertEqual(len(self.card()["keys"]), 1)
        self.assertEqual(len(self.requests()), n_requests)

    def test_while_the_pin_is_asked_for(self):
        n = len(self.requests())
        self.set_pin("!hang")
        self.put_in(self.FIRST)
        run = self.begin()
        self.wait_for(self.new_prompts)
        self.swap()
        self.ends(run, self.FIRST)
        self.assertEqual(len(self.new_prompts()), 1)
        self.carries_on(n + 1)

    def test_taken_out_while_the_pin_is_asked_for(self):
        self.set_pin("!hang")
        self.put_in(self.FIRST)
        run = self.begin()
        self.wait_for(self.new_prompts)
        self.lab("remove")
        out, err = run.communicate(timeout=60)
        self.assertIn("token-gone", out, err)

    def test_while_the_key_is_made(self):
        n = len(self.requests())
        self.put_in(self.FIRST)
        self.lab("card", "0", "slow", "2000")
        run = self.begin()
        self.wait_for(lambda: "key-generating" in [line["state"] for line in self.history()])
        self.swap()
        self.lab("card", "0", "slow", "0")
        self.ends(run)
        self.carries_on(n + 1)

    def test_while_the_ca_is_asked(self):
        n = len(self.requests())
        self.put_in(self.FIRST)
        self.lab("ca", "fault", "slow", "3")
        run = self.begin()
        self.wait_for(lambda: "request-sending" in [line["state"] for line in self.history()])
        time.sleep(0.5)
        self.swap()
        self.ends(run)
        self.lab("ca", "fault", "none")
        self.carries_on(n + 1)

    def test_with_the_agent_each_card_gets_its_own(self):
        self.start()
        self.set_pin("!hang")
        self.put_in(self.FIRST)
        self.wait_for(self.new_prompts)
        self.set_pin("!hang", PIN)
        self.swap()
        self.wait_for(self.enrolled)
        self.assertEqual(len(self.new_prompts()), 2)
        self.assertEqual(self.card()["serial"] if "serial" in self.card() else self.OTHER, self.OTHER)
        self.assertEqual({line["card"] for line in self.history()}, {self.OTHER})
        self.lab("remove")
        self.put_in(self.FIRST)
        self.wait_for(lambda: {line["card"] for line in self.history() if line["state"] == "done"} == {self.FIRST, self.OTHER})

    def test_the_agent_says_that_the_first_card_is_to_come_back(self):
        self.start()
        self.put_in(self.FIRST)
        self.lab("card", "0", "slow", "2000")
        self.wait_for(lambda: "key-generating" in [line["state"] for line in self.history()])
        self.swap()
        self.wait_for_news("taken out too early", self.FIRST, "again")
        self.lab("card", "0", "slow", "0")
        self.wait_for(self.enrolled)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_a_card_pulled_while_the_ca_is_asked_is_called_back_and_another_one_does_not_answer_for_it(self):
        self.start()
        self.put_in(self.OTHER)
        self.wait_for(self.enrolled)
        self.lab("remove")
        self.lab("ca", "fault", "slow", "5")
        self.put_in(self.FIRST)
        self.wait_for(lambda: "request-sending" in [line["state"] for line in self.history() if line["card"] == self.FIRST])
        self.lab("remove")
        self.wait_for_news("taken out too early", self.FIRST, "again")
        self.lab("ca", "fault", "none")
        self.put_in(self.OTHER)
        self.wait_for(lambda: "Agent   ready" in self.cardenroll("status").out)
        self.assertIn("taken out too early", self.events()[-1].get("summary", ""))
        self.lab("remove")
        self.put_in(self.FIRST)
        self.wait_for(self.enrolled)


# The tests of the agent are in their own file.
for name in [name for name in dir(Agent) if name.startswith("test_")]:
    setattr(Swap, name, None)
del Agent

if __name__ == "__main__":
    main()
