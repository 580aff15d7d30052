#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's own tests.  usage: test_lab.py World|Life|OrdinaryUser [-v]"""

import base64
import glob
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import unittest

# What other programs print is read here, wherever this runs.
os.environ.update(LC_ALL="C.UTF-8", TZ="UTC")
os.environ.pop("LANGUAGE", None)

HERE = os.path.dirname(os.path.realpath(__file__))
LAB = os.path.join(HERE, "lab")
PIN = "648219"
SKIPPED = 77
CONFIGURATION = "CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"
SD_FLAGS = "!1.2.840.113556.1.4.801=::MAMCAQc="
NOBODY = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups", "env", "HOME=/nonexistent"]


class Lab:
    """One lab in a folder of its own."""

    def __init__(self, name, user_command=()):
        self.user_command = list(user_command)
        self.folder = tempfile.mkdtemp(prefix=f"lab-{name}-")
        if user_command:
            os.chown(self.folder, 65534, 65534)

    def __call__(self, verb, *arguments, check=True, **options):
        done = subprocess.run(
            self.user_command + [LAB, verb, self.folder, *arguments],
            capture_output=True, text=True, timeout=300, **options,
        )
        if check and done.returncode != 0:
            raise AssertionError(f"lab {verb} {arguments}: {done.returncode}\n{done.stdout}{done.stderr}{self.logs()}")
        return done if not check else done.stdout

    def logs(self):
        tails = []
        for name in sorted(glob.glob(f"{self.folder}/log/*.log")):
            with open(name, errors="replace", encoding="utf-8") as log:
                tails.append(f"--- {name}\n" + "".join(log.readlines()[-5:]))
        return "\n".join(tails)

    def run(self, *command, **options):
        return self("run", *command, **options)

    def file(self, name):
        return os.path.join(self.folder, name)

    def remove(self):
        self("down", check=False)
        shutil.rmtree(self.folder)


def search(*arguments):
    return ["--", "ldapsearch", "-Q", "-LLL", "-o", "ldif-wrap=no", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test", *arguments]


class World(unittest.TestCase):
    """What is in a lab, and that it is real."""

    @classmethod
    def setUpClass(cls):
        cls.lab = Lab("world")
        cls.addClassCleanup(cls.lab.remove)
        cls.lab("up")

    def tearDown(self):
        for reader in "01":
            self.lab("remove", reader, check=False)

    def test_everybody_has_a_ticket_of_their_own(self):
        self.assertIn("Default principal: alice@LAB.TEST", self.lab.run("klist"))
        self.assertIn("Default principal: bob@LAB.TEST", self.lab.run("--user", "bob", "klist"))

    def test_without_ticket_there_is_none(self):
        self.assertNotEqual(self.lab.run("--no-ticket", "klist", check=False).returncode, 0)

    def test_alice_is_a_card_user_through_a_nested_group_and_bob_is_not(self):
        group = "(member:1.2.840.113556.1.4.1941:=CN={},OU=Desks,OU=Staff,DC=lab,DC=test)"
        base = ["-b", "DC=lab,DC=test"]
        self.assertIn("CN=Card Users", self.lab.run(*search(*base, group.format("alice"), "dn")))
        self.assertNotIn("CN=Card Users", self.lab.run(*search(*base, group.format("bob"), "dn")))

    def test_templates_show_their_security_descriptors_when_asked_for(self):
        template = ["-b", f"CN=LabSmartcard,CN=Certificate Templates,{CONFIGURATION}", "nTSecurityDescriptor"]
        self.assertIn("nTSecurityDescriptor::", self.lab.run(*search("-E", SD_FLAGS, *template)))
        self.assertNotIn("nTSecurityDescriptor::", self.lab.run(*search(*template)))

    def test_the_enrollment_service_names_its_address(self):
        found = self.lab.run(*search("-b", f"CN=LAB-CA,CN=Enrollment Services,{CONFIGURATION}", "msPKI-Enrollment-Servers"))
        value = base64.b64decode(found.split("msPKI-Enrollment-Servers:: ")[1].split()[0]).decode()
        self.assertEqual(value, "1\n2\n0\nhttps://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES\n0")

    def test_group_policy_is_read_from_sysvol(self):
        path = "lab.test\\Policies\\{3F2504E0-4F89-41D3-9A0C-0305E82C3301}\\User\\Registry.pol"
        target = self.lab.file("Registry.pol")
        self.lab.run("--", "sh", "-c", 'smbclient //dc1.lab.test/sysvol "--use-krb5-ccache=$KRB5CCNAME" -c "$1"', "sh",
                     f'get "{path}" {target}')
        with open(target, "rb") as file:
            self.assertEqual(file.read(8), b"PReg\1\0\0\0")

    def test_pcscd_sees_cards_come_and_go(self):
        self.assertEqual(self.lab("readers"), "Virtual PCD 00 00\tempty\nVirtual PCD 00 01\tempty\n")
        self.lab("insert", "1", "--blank")
        self.assertEqual(self.lab("readers"), "Virtual PCD 00 00\tempty\nVirtual PCD 00 01\tpresent\n")
        self.lab("remove", "1")
        self.assertEqual(self.lab("readers"), "Virtual PCD 00 00\tempty\nVirtual PCD 00 01\tempty\n")

    def test_blank_cards_are_initialised_empty_and_different(self):
        serials = set()
        for reader in "01":
            self.lab("insert", reader, "--blank")
            state = json.loads(self.lab("card-state", reader))
            self.assertTrue(state["initialised"])
            self.assertEqual(state["keys"], [])
            serials.add(state["serial"])
        self.assertEqual(len(serials), 2)

    def test_a_card_put_in_again_is_the_same(self):
        self.lab("insert", "--blank", "--serial", "SAMECARD01")
        self.lab("remove")
        self.lab("insert")
        self.assertEqual(json.loads(self.lab("card-state"))["serial"], "SAMECARD01")

    def test_apdus_are_counted(self):
        self.lab("insert", "--blank")
        before = int(self.lab("apdus"))
        self.lab.run("pkcs11-tool", "-L")
        self.assertGreater(int(self.lab("apdus")), before)

    def test_cards_survive_the_end_of_pcscd(self):
        self.lab("insert", "--blank")
        for how in ("stop", "kill"):
            self.lab("pcscd", how)
            self.assertIn("pcscd", self.lab("readers", check=False).stderr)
            self.lab("pcscd", "start")
            self.lab("remove")
            self.lab("insert")
            self.assertIn("Virtual PCD 00 00\tpresent\n", self.lab("readers"))

    def test_a_reader_can_be_unplugged(self):
        self.lab("insert", "--blank")
        self.lab("pcscd", "stop")
        self.lab("pcscd", "start", "--no-readers")
        self.assertEqual(self.lab("readers"), "")
        self.lab("pcscd", "stop")
        self.lab("pcscd", "start")
        self.assertIn("Virtual PCD 00 01\tempty\n", self.lab("readers"))

    def test_a_card_logs_on(self):
        self.lab("insert", "--blank")
        make_logon_card(self.lab)
        module = opensc_module()
        kinit = f"echo {PIN} | kinit -X X509_user_identity=PKCS11:module_name={module} alice@LAB.TEST"
        # Twice, because one in 256 answers of Samba's KDC cannot be decrypted (heimdal pull request 1177).
        self.assertIn("krbtgt/LAB.TEST@LAB.TEST", self.lab.run("--no-ticket", "sh", "-c", f"({kinit} || {kinit}) && klist"))

    def test_the_ca_issues_to_alice_and_not_to_bob(self):
        message = wstep_request(self.lab)
        self.assertIn("BinarySecurityToken", post(self.lab, "alice", message))
        self.assertIn("CertificateEnrollmentWSDetail", post(self.lab, "bob", message))
        listed = self.lab("ca", "list")
        self.assertIn("issued", listed)
        self.assertIn("denied", listed)

    def test_the_ca_goes_down_and_comes_up(self):
        address = "https://ca1.lab.test/"
        self.lab("ca", "down")
        self.assertEqual(self.lab.run("curl", "-s", address, check=False).returncode, 7)
        self.lab("ca", "up")
        self.lab.run("curl", "-s", address)

    def test_the_directory_goes_down_and_comes_up(self):
        self.lab.run("true")
        self.lab("dc", "stop")
        self.assertNotEqual(self.lab.run(*search("-s", "base"), check=False).returncode, 0)
        refused = self.lab.run("--user", "helga", "true", check=False)
        self.assertIn("no Kerberos ticket for helga", refused.stderr)
        self.lab("dc", "start")
        self.lab.run(*search("-s", "base"))

    def test_pinentry_answers_line_by_line_and_never_writes_the_pin_down(self):
        with open(self.lab.file("users/eva/pin"), "w", encoding="utf-8") as pin:
            pin.write("111111\n!cancel\n22%22\n")
        said = "SETDESC Card%200\nSETPROMPT PIN\nGETPIN\nSETERROR wrong%0Aonce\nGETPIN\nGETPIN\nGETPIN\nBYE\n"
        answers = self.lab.run("--user", "eva", "--no-ticket", self.lab.file("users/eva/pinentry"), "--ttyname=x", input=said)
        self.assertEqual([line[2:] for line in answers.splitlines() if line.startswith("D ")], ["111111", "22%2522", "22%2522"])
        self.assertIn("ERR 83886179 ", answers)
        prompts = self.lab("prompts", "--user", "eva").splitlines()
        self.assertEqual(prompts[1], "GETPIN\ttitle=\tprompt=PIN\tdesc=Card 0\terror=wrong / once")
        self.assertEqual(len(prompts), 4)
        self.assertNotIn("111111", "".join(prompts))

    def test_notifications_are_written_down_and_clicked_on(self):
        shown = self.lab.run(
            "--", "gdbus", "call", "--session", "-d", "org.freedesktop.Notifications", "-o", "/org/freedesktop/Notifications",
            "-m", "org.freedesktop.Notifications.Notify", "cardenroll", "0", "", "Card", "text", '["run", "Run"]', "{}", "0",
        )
        number = shown.split()[1].rstrip(",)")
        wrong = self.lab("notifications", "invoke", number, "other", check=False)
        self.assertIn("has no action 'other', only: run", wrong.stderr)
        self.lab("notifications", "invoke", number, "run")
        events = [json.loads(line) for line in self.lab("notifications").splitlines()]
        self.assertEqual([event["event"] for event in events], ["notify", "action", "close"])
        self.assertEqual(events[0]["actions"], {"run": "Run"})

    def test_run_passes_on_status_input_environment_and_folder(self):
        self.assertEqual(self.lab.run("sh", "-c", "exit 5", check=False).returncode, 5)
        self.assertEqual(self.lab.run("cat", input="text"), "text")
        self.assertEqual(self.lab.run("--env", "WORD=one two", "sh", "-c", 'echo "$WORD"'), "one two\n")
        self.assertEqual(self.lab.run("pwd", cwd=HERE), HERE + "\n")

    def test_run_ends_its_command_when_it_is_ended(self):
        process = subprocess.Popen([LAB, "run", self.lab.folder, "--no-ticket", "--", "sh", "-c", "echo begun; exec sleep 7654"],
                                   stdout=subprocess.PIPE)
        self.assertEqual(process.stdout.readline(), b"begun\n")
        process.terminate()
        process.wait()
        self.assertEqual(process.stdout.read(), b"")
        process.stdout.close()

    def test_services_run_until_they_are_stopped(self):
        self.lab("service", "sleeper", "start", "--no-ticket", "sleep", "infinity")
        self.lab("service", "sleeper", "alive")
        self.assertIn("runs already", self.lab("service", "sleeper", "start", "true", check=False).stderr)
        self.lab("service", "sleeper", "stop")
        self.assertNotEqual(self.lab("service", "sleeper", "alive", check=False).returncode, 0)

    def test_mistakes_are_answered_with_a_sentence(self):
        for arguments, status, sentence in (
            (("run", "--user", "mallory", "true"), 64, "there is no user 'mallory'"),
            (("run",), 64, "run wants a command"),
            (("insert", "7"), 64, "there is no reader '7'"),
            (("insert", "--card", "/nonexistent"), 1, "does not take the card in /nonexistent"),
            (("remove",), 1, "there is no card in reader 0"),
            (("up",), 1, "is up already"),
            (("dance",), 64, "there is no verb 'dance'"),
        ):
            done = self.lab(*arguments, check=False)
            self.assertEqual(done.returncode, status, done)
            self.assertIn(sentence, done.stderr)


class Life(unittest.TestCase):
    """Labs come up, side by side and again, and leave nothing behind."""

    def lab(self, name):
        lab = Lab(name)
        self.addCleanup(lab.remove)
        return lab

    def test_two_labs_do_not_see_each_other(self):
        one, two = self.lab("one"), self.lab("two")
        one("up")
        two("up")
        one("insert", "--blank")
        self.assertIn("00 00\tpresent", one("readers"))
        self.assertIn("00 00\tempty", two("readers"))
        one("down")
        two.run(*search("-s", "base"))

    def test_down_leaves_nothing(self):
        lab = self.lab("gone")
        mounts = set(contents("/proc/self/mountinfo").splitlines())
        lab("up")
        lab("insert", "--blank")
        lab.run("true")
        space = os.readlink(f"/proc/{contents(lab.file('pid')).strip()}/ns/net")
        self.assertTrue(processes_in(space))
        lab("down")
        self.assertEqual(processes_in(space), [])
        # What the computer itself mounts meanwhile is its own business.
        new = set(contents("/proc/self/mountinfo").splitlines()) - mounts
        self.assertEqual([line for line in new if re.search(r"lab-run|/run/lab/| /etc | /run | /usr/lib/pcsc|" + lab.folder, line)], [])
        self.assertIn("is not up", lab("readers", check=False).stderr)
        lab("down")

    def test_a_killed_lab_comes_up_again_with_what_it_held(self):
        lab = self.lab("killed")
        lab("up")
        lab("insert", "--blank")
        serial = json.loads(lab("card-state"))["serial"]
        os.kill(int(contents(lab.file("pid"))), signal.SIGKILL)
        lab("up")
        lab("insert")
        self.assertEqual(json.loads(lab("card-state"))["serial"], serial)
        lab.run(*search("-s", "base"))

    def test_a_folder_that_cannot_be_used_is_refused(self):
        for folder, sentence in (("/run/lab-here", "below /run"), ("/tmp/a b", "letters, digits")):
            done = subprocess.run([LAB, "up", folder], capture_output=True, text=True)
            self.assertEqual(done.returncode, 1)
            self.assertIn(sentence, done.stderr)


class OrdinaryUser(unittest.TestCase):
    """The same without any privilege, in a user namespace."""

    def test_the_lab_works(self):
        lab = Lab("user", NOBODY if os.geteuid() == 0 else ())
        self.addCleanup(lab.remove)
        lab("up")
        self.assertIn("alice@LAB.TEST", lab.run("klist"))
        lab.run(*search("-s", "base"))
        lab("insert", "--blank")
        self.assertIn("LABCARD", lab.run("pkcs11-tool", "-L"))
        self.assertIn("CertificateEnrollmentWSDetail", post(lab, "bob", wstep_request(lab)))
        lab("down")


def contents(name):
    with open(name, encoding="utf-8") as file:
        return file.read()


def processes_in(space):
    found = []
    for link in glob.glob("/proc/[0-9]*/ns/net"):
        try:
            if os.readlink(link) == space:
                found.append(link)
        except OSError:
            pass
    return found


def opensc_module():
    return glob.glob("/usr/lib/*/opensc-pkcs11.so")[0]


def make_logon_card(lab):
    """By hand, with other tools than cardenroll, and signed with the CA's key itself."""
    script = f"""
        set -e
        mkdir -p hand && cd hand
        tool="pkcs11-tool --module {opensc_module()}"
        $tool --login --pin {PIN} --keypairgen --key-type rsa:2048 --id 01 --usage-sign
        $tool --read-object --type pubkey --id 01 --output-file key.der
        openssl pkey -pubin -inform DER -in key.der -out key.pem
        printf '%s\\n' 'basicConstraints=CA:FALSE' 'keyUsage=critical,digitalSignature' \\
          'extendedKeyUsage=clientAuth,1.3.6.1.4.1.311.20.2.2' \\
          'subjectAltName=otherName:1.3.6.1.4.1.311.20.2.3;UTF8:alice@lab.test' > extensions
        openssl x509 -new -force_pubkey key.pem -subj /CN=alice -CA ../ca/ca.pem -CAkey ../ca/ca.key -days 2 \\
          -extfile extensions -outform DER -out certificate.der
        $tool --login --pin {PIN} --write-object certificate.der --type cert --id 01
        """
    lab.run("--no-ticket", "sh", "-c", script, cwd=lab.folder)


def wstep_request(lab):
    """A PKCS#10 for LabSmartcard in a SOAP envelope."""
    extension = "1.3.6.1.4.1.311.21.7=ASN1:SEQUENCE:template"
    envelope = contents(os.path.join(HERE, "data", "rst.xml"))
    configuration = (
        "[req]\nprompt=no\ndistinguished_name=dn\nreq_extensions=ext\n[dn]\n"
        f"[ext]\nkeyUsage=critical,digitalSignature,keyEncipherment\n{extension}\n"
        "[template]\nid=OID:1.3.6.1.4.1.311.21.8.1234567.7654321.1111111.2222222.3333333.100\n"
        "major=INTEGER:100\nminor=INTEGER:3\n"
    )
    with tempfile.TemporaryDirectory() as folder:
        with open(f"{folder}/conf", "w", encoding="utf-8") as file:
            file.write(configuration)
        subprocess.run(
            ["openssl", "req", "-new", "-newkey", "rsa:2048", "-nodes", "-keyout", f"{folder}/key", "-subj", "/",
             "-config", f"{folder}/conf", "-outform", "DER", "-out", f"{folder}/der"],
            check=True, capture_output=True,
        )
        with open(f"{folder}/der", "rb") as file:
            return envelope.replace("@REQUEST@", base64.encodebytes(file.read()).decode())


def post(lab, user, message):
    return lab.run(
        "--user", user, "--", "curl", "-sS", "--negotiate", "-u", ":", "-H", "Content-Type: application/soap+xml; charset=utf-8",
        "--data-binary", "@-", "https://ca1.lab.test/LAB-CA_CES_Kerberos/service.svc/CES", input=message,
    )


def why_no_ordinary_user():
    """Why OrdinaryUser cannot run here, or nothing."""
    user = NOBODY if os.geteuid() == 0 else []
    if subprocess.run(user + ["test", "-x", LAB], check=False).returncode != 0:
        return f"an ordinary user may not read {HERE}"
    done = subprocess.run(
        user + ["unshare", "--user", "--map-root-user", "--net", "--mount", "--pid", "--fork", "--mount-proc", "true"],
        capture_output=True, text=True, check=False,
    )
    return done.stderr.strip() if done.returncode != 0 else None


if __name__ == "__main__":
    if "OrdinaryUser" in sys.argv[1:]:
        reason = why_no_ordinary_user()
        if reason:
            print(f"SKIPPED: the lab as an ordinary user: {reason}")
            sys.exit(SKIPPED)
    unittest.main()
