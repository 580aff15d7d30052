#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What is cached of the policy, and what is not decided by it: docs/adr/0032-policy-cache.md."""

import json
import os
import stat

from desk import DONE, NOTHING_TO_DO, UNREACHABLE, Desk, main

TEMPLATE = "CN=LabSmartcard,CN=Certificate Templates,CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"


class Cache(Desk):

    def path(self, principal="alice@LAB.TEST", user="alice"):
        return self.file(user, f"cache/cardenroll/policy-{principal}.json")

    def file_cached(self):
        with open(self.path(), encoding="utf-8") as file:
            return json.load(file)

    def cached(self):
        return self.file_cached()["policy"]

    def change_cached(self, **members):
        file = self.file_cached()
        file["policy"].update(members)
        with open(self.path(), "w", encoding="utf-8") as out:
            json.dump(file, out)

    def make_stale(self):
        self.change_cached(fetched_unix=self.cached()["fetched_unix"] - 8 * 3600)

    def stop_domain(self):
        self.addCleanup(self.lab, "dc", "start", check=False)
        self.lab("dc", "stop")

    def set_revision(self, number):
        script = f"""printf 'dn: {TEMPLATE}\\nchangetype: modify\\nreplace: revision\\nrevision: {number}\\n' |
            ldapmodify -Q -Y GSSAPI -H ldap://dc1.lab.test"""
        answer = self.run_as("administrator", "sh", "-c", script)
        self.assertEqual(answer.status, 0, answer)

    def enrolled(self):
        self.insert_blank()
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertGreater(answer.json["policy_searches"], 0)
        return answer

    def run_again(self, *arguments, status=NOTHING_TO_DO, options=()):
        self.reinsert()
        answer = self.cardenroll("run", "--json", *arguments, options=options)
        self.assertEqual(answer.status, status, answer)
        return answer.json

    def test_the_second_insertion_searches_nothing(self):
        self.enrolled()
        result = self.run_again()
        self.assertEqual(result["policy_searches"], 0)
        policy = result["plan"]["policy"]
        self.assertTrue(policy["cached"])
        self.assertIsNone(policy["cached_because"])
        self.assertEqual(policy["source"], "ldap://dc1.lab.test")
        self.assertEqual(stat.S_IMODE(os.stat(self.path()).st_mode), 0o600)

    def test_a_cached_plan_says_the_same_as_one_that_was_read(self):
        self.enrolled()
        cached, read = (self.cardenroll("plan", "--json", *more).json for more in ((), ("--refresh",)))
        self.assertTrue(cached["policy"].pop("cached"))
        self.assertFalse(read["policy"].pop("cached"))
        for plan in (cached, read):
            del plan["policy"]["fetched"], plan["next_look"]
        self.assertEqual(cached, read)

    def test_a_changed_template_is_taken_up_when_asked_for_and_when_the_cache_is_old(self):
        self.addCleanup(self.set_revision, 100)
        self.enrolled()
        for number, arguments in ((101, ["--refresh"]), (102, [])):
            self.set_revision(number)
            self.assertEqual(self.run_again()["plan"]["actions"], [])
            if not arguments:
                self.make_stale()
            plan = self.cardenroll("plan", "--json", *arguments)
            self.assertEqual([one["because"] for one in plan.json["actions"]], ["template-major-version"], plan)
            self.assertEqual(self.cardenroll("run", "--json").status, DONE)

    def test_before_anything_is_done_the_policy_is_read(self):
        self.insert_blank()
        self.assertEqual(self.cardenroll("plan", "--json").status, DONE)
        plan = self.cardenroll("plan", "--json")
        self.assertTrue(plan.json["policy"]["cached"], plan)
        answer = self.cardenroll("run", "--json")
        self.assertEqual(answer.status, DONE, answer)
        self.assertGreater(answer.json["policy_searches"], 0)
        self.assertFalse(answer.json["plan"]["policy"]["cached"])

    def test_an_offer_that_is_gone_is_not_taken_from_the_cache(self):
        self.insert_blank()
        self.assertEqual(self.cardenroll("plan", "--json").status, DONE)
        services = self.cached()["services"]
        self.change_cached(services=[{**services[0], "templates": [*services[0]["templates"], "User"]}])
        answer = self.cardenroll("run", "--json")
        self.assertEqual([one["template"] for one in answer.json["performed"]], ["LabSmartcard"], answer)

    def test_without_the_domain_the_plan_is_made_from_the_cache_and_says_so(self):
        self.enrolled()
        self.make_stale()
        self.stop_domain()
        result = self.run_again()
        self.assertTrue(result["plan"]["policy"]["cached"])
        self.assertIn("lab.test", result["plan"]["policy"]["cached_because"].lower())
        said = self.cardenroll("plan")
        self.assertIn("The policy cannot be read now: ", said.out)
        answer = self.cardenroll("plan", "--refresh", "--json")
        self.assertEqual(answer.status, UNREACHABLE, answer)

    def test_without_the_domain_nothing_is_done(self):
        self.insert_blank()
        self.assertEqual(self.cardenroll("plan", "--json").status, DONE)
        self.stop_domain()
        answer = self.cardenroll("run", "--json")
        self.assert_failed(answer, UNREACHABLE, "directory-unreachable", "there is something to do for this card")
        self.assertEqual([one["template"] for one in answer.json["plan"]["actions"]], ["LabSmartcard"])
        self.assertEqual(self.card()["keys"], [])
        self.assertEqual(self.new_prompts(), [])
        self.lab("dc", "start")
        self.assertEqual(self.cardenroll("run", "--json").status, DONE)

    def test_without_a_ticket_the_last_user_is_planned_for(self):
        self.enrolled()
        result = self.run_again(options=("--no-ticket",))
        self.assertEqual(result["plan"]["user"]["principal"], "alice@LAB.TEST")
        self.assertIn("ticket", result["plan"]["policy"]["cached_because"])

    def test_a_broken_or_foreign_file_is_replaced(self):
        self.enrolled()
        whole, file = self.cached(), self.file_cached()
        damaged = {**file, "policy": {**whole, "templates": 7}}
        for text in ("", "[" * 100000, json.dumps(damaged), json.dumps(file)[:-200]):
            with open(self.path(), "w", encoding="utf-8") as out:
                out.write(text)
            self.assertGreater(self.run_again()["policy_searches"], 0)
            self.assertEqual(self.cached()["user"], whole["user"])
        os.chmod(self.path(), 0o666)
        self.assertGreater(self.run_again()["policy_searches"], 0)
        self.assertEqual(self.run_again()["policy_searches"], 0)

    def test_a_changed_setting_makes_it_of_no_use(self):
        self.enrolled()
        self.configure("[policy]\nautoenrollment=disabled")
        result = self.run_again()
        self.assertGreater(result["policy_searches"], 0)


if __name__ == "__main__":
    main()
