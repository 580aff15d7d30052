# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk in the lab: a card reader, a person's session, and cardenroll. For the tests beside it."""

import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
import unittest

# What other programs print is read here, wherever this runs.
os.environ.update(LC_ALL="C.UTF-8", TZ="UTC")
os.environ.pop("LANGUAGE", None)

HERE = os.path.dirname(os.path.realpath(__file__))
LAB = os.path.join(HERE, "..", "lab", "lab")
BUILD = os.environ["CARDENROLL_BUILD"]
CARDENROLL = os.path.join(BUILD, "ui/cli/cardenroll")
AGENT = os.path.join(BUILD, "agent/daemon/cardenroll-agent")
WORKER = os.path.join(BUILD, "agent/worker/cardenroll-worker")
PIN = "648219"
PATIENCE_S = 180

# exit codes, as agent/base/error.h has them
DONE, FAILED, NOTHING_TO_DO, NOT_FOUND, WAITING, REFUSED, CARD, UNREACHABLE, USAGE = 0, 1, 2, 3, 4, 5, 6, 7, 64


class Answer:
    """What a command answered."""

    def __init__(self, done):
        self.status = done.returncode
        self.out = done.stdout
        self.err = done.stderr

    @property
    def json(self):
        try:
            return json.loads(self.out)
        except ValueError as error:
            raise AssertionError(f"{error}: not JSON:\n{self.out}\n{self.err}") from error

    @property
    def error(self):
        return self.json["error"]

    def __repr__(self):
        return f"exit {self.status}\n{self.out}\n{self.err}"


class Desk(unittest.TestCase):
    """One lab for all tests of a class; a blank card, its PIN and an empty journal for each test."""

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.mkdtemp(prefix="desk-")
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.addClassCleanup(cls.lab, "down", check=False)
        cls.lab("up")

    def setUp(self):
        self.addCleanup(self.clear)
        self.set_pin(PIN)
        self.configure()
        for user in ("alice", "bob"):
            shutil.rmtree(self.file(user, "state"), ignore_errors=True)
            shutil.rmtree(self.file(user, "cache"), ignore_errors=True)
        self.n_prompts = len(self.prompts())

    def clear(self):
        self.assert_sane()
        self.lab("ca", "up", check=False)
        self.lab("ca", "fault", "none", check=False)
        for reader in "01":
            self.lab("remove", reader, check=False)

    @classmethod
    def lab(cls, verb, *arguments, check=True, **options):
        done = subprocess.run([LAB, verb, cls.folder, *arguments], capture_output=True, text=True, timeout=300, check=False,
                              **options)
        if check and done.returncode != 0:
            raise AssertionError(f"lab {verb} {arguments}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout if check else done

    @classmethod
    def file(cls, user, name):
        return os.path.join(cls.folder, "users", user, name)

    def run_as(self, user, *command, options=(), **more):
        """Runs COMMAND in a person's session."""
        done = self.lab("run", "--user", user, "--env", f"CARDENROLL_WORKER={WORKER}", *options, "--", *command, check=False,
                        **more)
        return Answer(done)

    def cardenroll(self, *arguments, user="alice", options=(), **more):
        return self.run_as(user, CARDENROLL, *arguments, options=options, **more)

    def begin(self, *arguments):
        """The same in the background, until the end of the test."""
        begun = subprocess.Popen([LAB, "run", self.folder, "--env", f"CARDENROLL_WORKER={WORKER}", "--", CARDENROLL, *arguments],
                                 stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(begun.communicate)
        self.addCleanup(begun.kill)
        return begun

    @staticmethod
    def end(begun):
        """What it answered at its end."""
        out, err = begun.communicate(timeout=PATIENCE_S)
        return Answer(subprocess.CompletedProcess(begun.args, begun.returncode, out, err))

    def wait_for(self, what, told=lambda: ""):
        """Until WHAT is so, for as long as it may take a busy computer. What it returned."""
        end = time.monotonic() + PATIENCE_S
        while not (found := what()):
            if time.monotonic() > end:
                raise AssertionError(f"it did not happen; {told()}")
            time.sleep(0.05)
        return found

    def make_slow(self, reader="0"):
        """The next key takes the card until `go_on`, or until it is pulled."""
        self.lab("card", reader, "slow", "600000")
        self.addCleanup(self.go_on, reader)

    def go_on(self, reader="0"):
        self.lab("card", reader, "slow", "0")

    def wait_for_generation(self, reader="0"):
        """Until the card is at it."""
        self.wait_for(lambda: self.card(reader)["busy"])

    def configure(self, text="", user="alice"):
        """The lab's own settings and then TEXT."""
        folder = self.file(user, "config/cardenroll")
        os.makedirs(folder, exist_ok=True)
        with open(f"{folder}/cardenroll.conf", "w", encoding="utf-8") as file:
            file.write(f"[pinentry]\nprogram={self.file(user, 'pinentry')}\n{text}\n")

    def change_directory(self, ldif):
        """As the administrator."""
        answer = self.run_as("administrator", "ldapmodify", "-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test", input=ldif)
        self.assertEqual(answer.status, 0, answer)

    def modify(self, dn, values):
        """What an administrator does in the directory; a value of None is none, a list several, bytes are in base64."""
        ldif = f"dn: {dn}\nchangetype: modify\n"
        for name, value in values.items():
            ldif += f"replace: {name}\n"
            for one in value if isinstance(value, list) else [value] if value is not None else []:
                ldif += f"{name}:: {one.decode()}\n" if isinstance(one, bytes) else f"{name}: {one}\n"
            ldif += "-\n"
        self.change_directory(ldif)

    def set_pin(self, *lines, user="alice"):
        with open(self.file(user, "pin"), "w", encoding="utf-8") as file:
            file.write("".join(line + "\n" for line in lines))

    def prompts(self, user="alice"):
        return self.lab("prompts", "--user", user).splitlines()

    def new_prompts(self):
        return self.prompts()[self.n_prompts:]

    def insert_blank(self, reader="0"):
        self.lab("insert", reader, "--blank")

    def reinsert(self, reader="0"):
        self.lab("remove", reader, check=False)
        self.lab("insert", reader)

    def card(self, reader="0"):
        return json.loads(self.lab("card-state", reader))

    def requests(self):
        """The CA's requests so far, a line each."""
        return [line for line in self.lab("ca", "list").splitlines() if line[:1].isdigit() or line[:1] == " "]

    def assert_sane(self):
        """No program has read where it may not, or forgotten memory."""
        for name in glob.glob(os.path.join(self.folder, "log/sanitizer.*")):
            with open(name, encoding="utf-8", errors="replace") as file:
                report = file.read()
            os.unlink(name)
            self.fail(f"a sanitizer's report:\n{report}")

    def assert_failed(self, answer, status, code, *words):
        """A clear error: exit code, name, every one of WORDS in the message, and what to do."""
        self.assertEqual(answer.status, status, answer)
        error = answer.error
        self.assertIsNotNone(error, answer)
        self.assertEqual(error["code"], code, answer)
        for word in words:
            self.assertIn(word, error["message"])
        self.assertTrue(error["hint"], answer)

    def assert_issued_by(self, ca):
        """The one certificate on the card, as other programs see it."""
        script = ("pkcs11-tool --module $(ls /usr/lib/*/opensc-pkcs11.so) -r -y cert --id $(pkcs11-tool "
                  "--module $(ls /usr/lib/*/opensc-pkcs11.so) -O -y cert 2>/dev/null | sed -n 's/^ *ID: *//p') -o issued.der && "
                  f"openssl x509 -inform DER -in issued.der -out issued.pem && openssl verify -no_check_time -CAfile ca/{ca} issued.pem")
        answer = self.run_as("alice", "sh", "-c", script, cwd=self.folder)
        self.assertIn("issued.pem: OK", answer.out, answer)

    def assert_works(self, reader="0"):
        """The next insertion works, whatever was before: one key, one certificate."""
        self.reinsert(reader)
        answer = self.cardenroll("run", "--json")
        self.assertIn(answer.status, (DONE, NOTHING_TO_DO), answer)
        self.assertEqual(len(self.card(reader)["keys"]), 1, self.card(reader))
        plan = self.cardenroll("plan", "--json")
        self.assertEqual(plan.status, NOTHING_TO_DO, plan)


def main():
    """Runs the tests of the calling module; the class to run may be named on the command line."""
    for program in (CARDENROLL, WORKER, AGENT):
        if not os.path.exists(program):
            sys.exit(f"{program} is not built")
    unittest.main(module="__main__", verbosity=2)
