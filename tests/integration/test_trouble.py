#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Everything that goes wrong ends in its own error, says what to do, and loses nothing: the next insertion works."""

import json
import os

from desk import CARD, DONE, FAILED, UNREACHABLE, WORKER, Desk, main

MOCK = os.environ.get("CARDENROLL_MOCK_MODULE", "")


class Trouble(Desk):

    def run_card(self, *options, **more):
        return self.cardenroll("run", "--json", options=options, **more)

    # the PIN

    def test_a_wrong_pin_is_tried_once_and_counted(self):
        self.insert_blank()
        self.set_pin("999999")
        answer = self.run_card()
        self.assert_failed(answer, CARD, "pin-incorrect", "2 tries")
        self.assertEqual(answer.error["tries_left"], 2)
        self.assertEqual(self.card()["pin_tries"], 2)
        self.assertEqual(len(self.new_prompts()), 1)
        self.assertEqual(self.card()["keys"], [])
        self.set_pin("648219")
        self.assert_works()

    def test_the_last_try_is_not_spent_by_a_machine(self):
        self.insert_blank()
        for _ in range(2):
            self.run_card_with_pin("999999")
        self.assertEqual(self.card()["pin_tries"], 1)
        answer = self.run_card_with_pin("999999")
        self.assert_failed(answer, CARD, "pin-last-try")
        self.assertEqual(self.card()["pin_tries"], 1)
        self.assert_works()
        self.assertIn("last", self.new_prompts()[-1].lower())

    def test_the_last_try_on_a_key_pad_wants_a_yes(self):
        self.put_in_a_foreign_card()
        self.configure(f"[card]\nmodule={MOCK}\n[logon]\ntrial=no\n")
        for answer, interactive, asked in (("no", True, True), (None, True, True), ("yes", False, False), ("yes", True, True)):
            with self.subTest(answer=answer, interactive=interactive):
                lines = self.run_on_key_pad(answer, interactive)
                questions = [line for line in lines if line["type"] == "question"]
                self.assertEqual([question["id"] for question in questions], ["spend-last-try"] if asked else [])
                code = (lines[-1]["error"] or {}).get("code")
                if answer == "yes" and interactive:
                    self.assertNotEqual(code, "pin-last-try")
                else:
                    self.assertEqual(code, "pin-last-try", lines[-1])
        self.assertEqual(self.new_prompts(), [])

    def put_in_a_foreign_card(self):
        """One that only the mock module knows."""
        self.insert_blank()
        self.lab("remove")
        self.lab("card", "0", "personality", "foreign")
        self.addCleanup(lambda: (self.lab("remove", check=False), self.lab("card", "0", "personality", "hsm")))
        self.lab("insert")

    def run_on_key_pad(self, answer, interactive):
        """What a worker says whose reader has a key pad, and whose card has one try left."""
        job = {"command": "run", "reader": "Virtual PCD 00 00", "interactive": interactive, "pin_fd": -1, "limit": 50}
        script = 'printf "%s\\n" "$1" "$2" | "$0"'
        done = self.run_as("alice", "sh", "-c", script, WORKER, json.dumps(job), json.dumps({"id": "spend-last-try", "answer": answer}),
                           options=["--env", "CARDENROLL_MOCK_PKCS11=pin-pad,tries=1,reader=Virtual_PCD_00_00"])
        return [json.loads(line) for line in done.out.splitlines() if line.startswith("{")]

    def run_card_with_pin(self, pin):
        """The PIN comes on a descriptor, so nobody is warned of the last try."""
        return self.run_as("alice", "sh", "-c", 'exec "$0" run --json --pin-fd 3 3<<END\n$1\nEND\n',
                           os.path.join(os.environ["CARDENROLL_BUILD"], "ui/cli/cardenroll"), pin)

    def test_a_locked_pin_asks_nobody(self):
        self.insert_blank()
        for _ in range(3):
            self.run_as("alice", "pkcs11-tool", "--login", "--pin", "999999", "-O")
        answer = self.run_card()
        self.assert_failed(answer, CARD, "pin-locked", "locked")
        self.assertEqual(self.new_prompts(), [])

    def test_a_person_who_cancels_gets_no_error_but_the_word(self):
        self.insert_blank()
        self.set_pin("!cancel")
        answer = self.run_card()
        self.assert_failed(answer, FAILED, "cancelled")
        self.assertEqual(self.card()["pin_tries"], 3)
        self.set_pin("648219")
        self.assert_works()

    # the card

    def test_a_card_pulled_during_key_generation_carries_on(self):
        self.insert_blank()
        self.make_slow()
        run = self.begin("run", "--json")
        self.wait_for_generation()
        self.lab("remove")
        self.assert_failed(self.end(run), CARD, "token-gone")
        self.go_on()
        self.assert_works()

    def test_a_card_pulled_while_it_is_read_is_not_taken_for_an_empty_one(self):
        self.insert_blank()
        self.assertEqual(self.run_card().status, DONE)
        # While a module still looks for a card it may also be none that was ever there.
        for apdus, found in (("6", False), ("18", True)):
            self.reinsert()
            self.lab("card", "0", "vanish-after", apdus)
            answer = self.cardenroll("logon-test", "--json")
            if found or answer.error["code"] != "no-card":
                self.assert_failed(answer, CARD, "token-gone", "was taken out")
            else:
                self.assert_failed(answer, CARD, "no-card", "Virtual PCD 00 00")
        self.lab("card", "0", "vanish-after", "0")
        self.assert_works()

    def test_a_card_without_free_room_says_so(self):
        self.insert_blank()
        self.lab("card", "0", "limit-files", str(self.room_taken()))
        answer = self.run_card()
        self.assert_failed(answer, CARD, "token-full")
        self.lab("card", "0", "limit-files", "off")
        self.assert_works()

    def room_taken(self):
        card = self.card()
        return len(card["files"]) + len(card["keys"])

    def test_no_card_and_no_such_card_are_told_apart(self):
        self.assert_failed(self.run_card(), CARD, "no-card")
        self.insert_blank()
        answer = self.cardenroll("run", "--json", "--card", "NOSUCHCARD")
        self.assertEqual(answer.error["code"], "not-found", answer)
        self.assertEqual(answer.status, 3)

    def test_a_card_that_no_module_takes_is_named(self):
        self.insert_blank()
        self.lab("remove")
        self.lab("card", "0", "personality", "foreign")
        self.lab("insert")
        self.assert_failed(self.run_card(), CARD, "no-module", "Virtual PCD 00 00")
        self.lab("remove")
        self.lab("card", "0", "personality", "hsm")
        self.assert_works()

    # the PC/SC service

    def test_pcscd_killed_and_restarted(self):
        self.insert_blank()
        self.lab("pcscd", "kill")
        self.assert_failed(self.run_card(), CARD, "pcsc-unavailable")
        self.lab("pcscd", "start")
        self.assert_works()

    def test_a_reader_that_is_unplugged(self):
        self.insert_blank()
        self.lab("pcscd", "stop")
        self.lab("pcscd", "start", "--no-readers")
        self.assert_failed(self.run_card(), CARD, "no-card", "reader")
        self.lab("pcscd", "stop")
        self.lab("pcscd", "start")
        self.assert_works()

    def test_a_pcscd_that_lets_nobody_in(self):
        """Debian 12's pcscd knows no polkit, so that refusal is played: polkit was asked, and pcscd hangs up."""
        self.insert_blank()
        self.lab("pcscd", "stop")
        listener = ("import os,socket\n"
                    "name='/run/pcscd/pcscd.comm'\n"
                    "s=socket.socket(socket.AF_UNIX); s.bind(name + '.new'); s.listen(8)\n"
                    "os.rename(name + '.new', name)\n"
                    "while True:\n"
                    "    c=s.accept()[0]; c.recv(1, socket.MSG_PEEK); c.close()\n")
        self.lab("run", "--no-ticket", "rm", "-f", "/run/pcscd/pcscd.comm")
        self.lab("service", "refusing-pcscd", "start", "--no-ticket", "/usr/bin/python3", "-c", listener)
        try:
            self.wait_for_socket()
            self.assert_failed(self.run_card(), CARD, "pcsc-denied", "does not let you in")
        finally:
            self.lab("service", "refusing-pcscd", "stop")
            self.lab("run", "--no-ticket", "rm", "-f", "/run/pcscd/pcscd.comm")
            self.lab("pcscd", "start")
        self.assert_works()

    def wait_for_socket(self):
        self.lab("run", "--no-ticket", "sh", "-c", "until [ -S /run/pcscd/pcscd.comm ]; do sleep 0.05; done")

    # the module

    def test_a_module_that_crashes(self):
        self.trouble_with_module("C_GetSlotList=crash")

    def test_a_module_that_hangs(self):
        """For which a worker has less time here: it would wait twenty seconds."""
        self.trouble_with_module("C_Initialize=hang", "--env", "CARDENROLL_DEADLINE_SCALE=30")

    def trouble_with_module(self, how, *options):
        self.insert_blank()
        self.configure(f"[card]\nmodule={MOCK}\n")
        answer = self.run_card("--env", f"CARDENROLL_MOCK_PKCS11={how}", *options)
        self.assert_failed(answer, CARD, "module-failed", os.path.basename(MOCK))
        self.configure()
        self.assert_works()

    # the network

    def test_the_ca_is_down(self):
        self.insert_blank()
        self.lab("ca", "down")
        self.assert_failed(self.run_card(), UNREACHABLE, "ca-unreachable", "ca1.lab.test")
        keys = self.card()["keys"]
        self.assertEqual(len(keys), 1)
        self.lab("ca", "up")
        self.assert_works()
        self.assertEqual(self.card()["keys"], keys)

    def test_an_answer_that_was_cut_off_costs_no_second_key(self):
        for fault in ("cut-before-answer", "cut-mid-answer"):
            with self.subTest(fault):
                self.insert_blank()
                self.lab("ca", "fault", fault)
                self.assert_failed(self.run_card(), UNREACHABLE, "ca-unreachable")
                keys = self.card()["keys"]
                self.lab("ca", "fault", "none")
                self.assert_works()
                self.assertEqual(self.card()["keys"], keys)
                self.lab("remove")

    def test_a_ca_that_is_not_the_one_it_says(self):
        for fault in ("wrong-host-certificate", "untrusted-chain"):
            with self.subTest(fault):
                self.insert_blank()
                self.lab("ca", "fault", fault)
                self.assert_failed(self.run_card(), UNREACHABLE, "not-trusted", "ca1.lab.test")
                self.lab("ca", "fault", "none")
                self.assert_works()
                self.lab("remove")

    def test_a_ca_that_answers_nonsense(self):
        for fault in ("wrong-key", "huge-answer", "garbage"):
            with self.subTest(fault):
                self.insert_blank()
                self.lab("ca", "fault", fault)
                self.assert_failed(self.run_card(), FAILED, "protocol")
                self.lab("ca", "fault", "none")
                self.assert_works()
                self.lab("remove")

    def test_the_directory_is_down(self):
        self.insert_blank()
        self.run_as("alice", "true")
        self.lab("dc", "stop")
        try:
            self.assert_failed(self.run_card(), UNREACHABLE, "directory-unreachable", "lab.test")
        finally:
            self.lab("dc", "start")
        self.assert_works()

    def test_there_is_no_ticket(self):
        self.insert_blank()
        self.assert_failed(self.run_card("--no-ticket"), UNREACHABLE, "no-ticket")
        self.assertEqual(self.new_prompts(), [])
        self.assert_works()

    # the disk

    def test_the_disk_is_full(self):
        self.insert_blank()
        full = os.path.join(self.folder, "full")
        script = ('mkdir -p "$0" && mount -t tmpfs -o size=8k none "$0" && mkdir -m 0700 "$0/cardenroll" && '
                  'head -c 8192 /dev/zero > "$0/ballast"; df "$0" >&2')
        self.run_as("alice", "sh", "-c", script, full)
        try:
            answer = self.run_card("--env", f"XDG_STATE_HOME={full}")
            self.assert_failed(answer, FAILED, "journal", "journal.db")
            self.assertEqual(self.card()["keys"], [])
            self.assertEqual(self.new_prompts(), [])
        finally:
            self.run_as("alice", "umount", full)
        self.assert_works()

    # people

    def test_two_at_once_do_not_meet(self):
        self.insert_blank()
        self.make_slow()
        first = self.begin("run", "--json")
        self.wait_for_generation()
        self.assert_failed(self.cardenroll("plan", "--json"), FAILED, "busy")
        self.go_on()
        self.assertEqual(self.end(first).status, DONE)


if __name__ == "__main__":
    main()
