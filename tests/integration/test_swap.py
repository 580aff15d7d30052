#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Another card goes in while one is being worked on: nothing of the work comes near it, and the first carries on when it returns."""

import os

from agent_desk import AgentDesk
from desk import CARD, DONE, PIN, main


class Swap(AgentDesk):
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

    def ends(self, run, *words):
        """With a clear error, and the other card as it was."""
        answer = self.end(run)
        self.assert_failed(answer, CARD, "token-gone")
        for word in words:
            self.assertIn(word, answer.out)
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
        run = self.begin("run", "--json")
        self.wait_for(self.new_prompts)
        self.swap()
        self.ends(run, self.FIRST)
        self.assertEqual(len(self.new_prompts()), 1)
        self.carries_on(n + 1)

    def test_taken_out_while_the_pin_is_asked_for(self):
        self.set_pin("!hang")
        self.put_in(self.FIRST)
        run = self.begin("run", "--json")
        self.wait_for(self.new_prompts)
        self.lab("remove")
        self.assert_failed(self.end(run), CARD, "token-gone")

    def test_while_the_key_is_made(self):
        n = len(self.requests())
        self.put_in(self.FIRST)
        self.make_slow()
        run = self.begin("run", "--json")
        self.wait_for_generation()
        self.swap()
        self.go_on()
        self.ends(run)
        self.carries_on(n + 1)

    def test_while_the_ca_is_asked(self):
        n = len(self.requests())
        self.put_in(self.FIRST)
        self.lab("ca", "fault", "slow", "600")
        run = self.begin("run", "--json")
        self.wait_for(lambda: len(self.requests()) > n)
        self.swap()
        self.lab("ca", "fault", "none")
        self.ends(run)
        self.carries_on(n + 1)

    def test_with_the_agent_each_card_gets_its_own(self):
        self.start()
        self.set_pin("!hang")
        self.put_in(self.FIRST)
        self.wait_for(self.new_prompts)
        self.set_pin("!hang", PIN)
        self.swap()
        self.wait_for(lambda: "done" in self.outcomes(), self.told)
        self.assertEqual(len(self.new_prompts()), 2)
        self.assertEqual(self.card()["serial"] if "serial" in self.card() else self.OTHER, self.OTHER)
        self.assertEqual({line["card"] for line in self.history()}, {self.OTHER})
        self.lab("remove")
        self.assertEqual(self.look_after(lambda: self.put_in(self.FIRST)), "done")
        self.assertEqual(self.enrolled(), {self.FIRST, self.OTHER})

    def test_the_agent_says_that_the_first_card_is_to_come_back(self):
        self.start()
        self.make_slow()
        self.put_in(self.FIRST)
        self.wait_for_generation()
        self.swap()
        self.wait_for_news("taken out too early", self.FIRST, "again")
        self.go_on()
        self.wait_for(lambda: "done" in self.outcomes(), self.told)
        self.assertEqual(len(self.card()["keys"]), 1)

    def test_a_card_pulled_while_the_ca_is_asked_is_called_back_and_another_one_does_not_answer_for_it(self):
        self.start()
        self.assertEqual(self.look_after(lambda: self.put_in(self.OTHER)), "done")
        self.lab("remove")
        self.lab("ca", "fault", "slow", "600")
        n = len(self.requests())
        self.put_in(self.FIRST)
        self.wait_for(lambda: len(self.requests()) > n)
        self.lab("remove")
        self.look_after(lambda: self.lab("ca", "fault", "none"))
        self.wait_for_news("taken out too early", self.FIRST, "again")
        self.assertEqual(self.look_after(lambda: self.put_in(self.OTHER)), "nothing-to-do")
        self.wait_for(lambda: "Agent   ready" in self.cardenroll("status").out)
        self.await_news()
        self.assertIn("taken out too early", self.events()[-1].get("summary", ""))
        self.lab("remove")
        self.assertEqual(self.look_after(lambda: self.put_in(self.FIRST)), "done")
        self.assertEqual(self.enrolled(), {self.FIRST, self.OTHER})

    def enrolled(self):
        return {line["card"] for line in self.history() if line["state"] == "done"}


if __name__ == "__main__":
    main()
