#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Who holds a certificate that ends and that nothing renews is told so, by the agent and on the command line; and not again and again."""

from agent_desk import AgentDesk
from desk import CARDENROLL, DONE, main
from group_policy_desk import ALL, DISABLED, DOMAIN, ENROLL, PENDING, GroupPolicyDesk, link
from group_policy import KEY, REG_DWORD

DAY = 24 * 3600


class Reminder(AgentDesk, GroupPolicyDesk):

    def setUp(self):
        super().setUp()
        self.cards = self.guids["Cards"]
        self.link(DOMAIN, link(self.cards))

    def say(self, policy, percent):
        self.write(self.cards, policy, [(KEY, "OfflineExpirationPercent", REG_DWORD, percent)])

    def reminders(self):
        """Those that were shown since the agent started."""
        shown = self.events()[self.n_events["alice"]:]
        return [e for e in shown if e["event"] == "notify" and "ends on" in e["summary"]]

    def look(self, days):
        """The agent DAYS ahead, with the card in, until its first look is over. What `status` says then, and what was told."""
        self.start("alice", "--env", f"CARDENROLL_CLOCK_AHEAD={days * DAY}")
        self.wait_for(self.outcomes, self.told)
        self.await_news()
        said = " ".join(self.run_as("alice", CARDENROLL, "status").out.split())
        self.stop()
        return said, self.reminders()

    def test_the_percentage_of_group_policy_decides_and_nobody_is_told_twice(self):
        self.say(ALL, 10)
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        # Nothing renews it from now on.
        self.say(PENDING, 20)
        reminders = []
        for days, shown in ((280, 0), (300, 1), (301, 0)):
            said, told = self.look(days)
            self.assertEqual(len(told), shown, days)
            self.assertEqual("is not renewed by itself" in said, days >= 300, said)
            reminders += told
        told = reminders[0]
        self.assertRegex(told["summary"], r"^Your certificate ends on \d{1,2} [A-Z][a-z]+ \d{4}$")
        self.assertIn("'Lab Smartcard' on card", told["body"])
        self.assertIn("Automatic enrolment is switched off for you. Ask your administrator.", told["body"])
        self.assertIn("20 % of a certificate's lifetime", self.cardenroll("policy", "--refresh").out)
        ahead = ["--env", f"CARDENROLL_CLOCK_AHEAD={301 * DAY}"]
        planned = self.cardenroll("plan", "--json", options=ahead).json
        self.assertEqual([e["because"] for e in planned["endings"]], ["autoenrollment-disabled"])
        self.assertIn("not renewed by itself", self.cardenroll("plan", options=ahead).out)
        self.assertEqual(len(self.new_prompts()), 1)

    def test_a_policy_that_is_disabled_or_renews_tells_of_nothing(self):
        self.say(ALL, 10)
        self.insert_blank()
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)
        ahead = ["--env", f"CARDENROLL_CLOCK_AHEAD={350 * DAY}"]
        for policy, percent, endings in ((DISABLED, 90, 0), (ENROLL, 90, 0), (PENDING, 0, 0), (PENDING, 10, 1)):
            self.say(policy, percent)
            planned = self.cardenroll("plan", "--refresh", "--json", options=ahead).json
            self.assertEqual(len(planned["endings"]), endings, (policy, percent))


if __name__ == "__main__":
    main()
