# SPDX-License-Identifier: GPL-3.0-or-later
"""The measurements. Each adds its figures to `values`, by the names of bounds.py."""

import re
import statistics
import subprocess
import time

from world import PIN, Failed

MODULE = "opensc-pkcs11.so"
WORKER, SYSVOL = "cardenroll-worker", "cardenroll-sysvol"
SETTLE_S = 3


class Bench:
    def __init__(self, lab, quick):
        self.lab = lab
        self.idle_s = 10 if quick else 60
        self.rounds = 1 if quick else 3
        self.values = {}

    def run(self):
        yield "a blank card is enrolled", self.enroll
        yield "the card goes in again", self.insert
        yield f"the agent idles for {self.idle_s} s, beside certmonger", self.idle
        yield "pkcs11-tool reads the card", self.peer_list
        yield "the card logs on", self.logon
        yield "pkcs11-tool enrols a blank card", self.peer_enroll
        yield "a blank card is enrolled, with the trial logon", self.trial
        yield "the plan of a large directory", self.plan

    def enroll(self):
        lab, costs = self.lab, []
        lab.settings(logon="trial=no")
        for n in range(self.rounds):
            lab.insert("--blank") if n == 0 else lab.swap("--blank")
            with lab.cost() as cost:
                lab.cardenroll("run")
            costs.append(cost)
        self.values["enroll.apdus"] = max(cost.apdus for cost in costs)
        self.values["enroll.pin-prompts"] = max(cost.prompts for cost in costs)
        self.values["enroll.cpu-ms"] = statistics.median(cost.cpu_ms[WORKER] for cost in costs)
        self.values["enroll.sysvol.cpu-ms"] = statistics.median(cost.cpu_ms[SYSVOL] for cost in costs)
        self.enrolled = lab.card()
        lab.settings()

    def insert(self):
        lab = self.lab
        lab("remove", lab.reader)
        self.agent = lab.start("agent", lab.build / "agent/daemon/cardenroll-agent")
        cost = self.agent_looks()  # settings have changed since the policy was read last
        self.values["insert-uncached.searches"] = cost.searches
        self.values["insert-uncached.cpu-ms"] = cost.cpu_ms[WORKER]
        lab("remove", lab.reader)
        cost = self.agent_looks()
        self.values["insert-nothing-to-do.apdus"] = cost.apdus
        self.values["insert-nothing-to-do.pin-prompts"] = cost.prompts
        self.values["insert-nothing-to-do.searches"] = cost.searches
        self.values["insert-nothing-to-do.cpu-ms"] = cost.cpu_ms[WORKER]

    def agent_looks(self):
        self.lab.agent_has_no_card()
        with self.lab.cost() as cost:
            self.lab.insert("--card", self.enrolled)
            self.lab.agent_card("nothing-to-do")
        return cost

    def idle(self):
        lab = self.lab
        pids = {"agent-idle": self.agent, "peer.certmonger-idle": lab.start("certmonger", "certmonger", "-s", "-n")}
        time.sleep(SETTLE_S)
        before = {name: lab.switches(pid) for name, pid in pids.items()}
        time.sleep(self.idle_s)
        for name, pid in pids.items():
            woken = lab.switches(pid) - before[name]
            self.values[f"{name}.wakeups-per-minute"] = woken * 60 / self.idle_s
            self.values[f"{name}.rss-kib"] = lab.resident(pid)
        lab.stop("certmonger")
        lab.stop("agent")

    def peer_list(self):
        self.lab.swap()
        with self.lab.cost() as cost:
            listing = self.lab.run("pkcs11-tool", "-O")
        self.key_id = re.search(r"Certificate Object.*?ID:\s+(\w+)", listing, re.DOTALL)[1]
        self.values["peer.pkcs11-tool-list.apdus"] = cost.apdus

    def logon(self):
        lab = self.lab
        lab.swap()
        with lab.cost() as cost:
            lab.cardenroll("logon-test")
        self.values["logon-test.apdus"] = cost.apdus
        self.values["logon-test.pin-prompts"] = cost.prompts
        self.values["peer.kinit.apdus"] = self.kinit_apdus()

    def kinit_apdus(self):
        identity = f"X509_user_identity=PKCS11:module_name={MODULE}"
        kinit = ("env", "KRB5_TRACE=/dev/stderr", "kinit", "-c", "MEMORY:bench", "-X", identity, "alice@LAB.TEST")
        # One in 256 answers of Samba's KDC cannot be decrypted (heimdal pull request 1177), but hardly two in a row.
        for is_last in False, True:
            self.lab.swap()
            try:
                with self.lab.cost() as cost:
                    self.lab.run(*kinit, text=PIN + "\n")
                return cost.apdus
            except Failed:
                if is_last:
                    raise

    def peer_enroll(self):
        lab = self.lab
        certificate, request = lab.folder / "certificate.der", lab.folder / "request"
        lab.run("pkcs11-tool", "--read-object", "--type", "cert", "--id", self.key_id, "--output-file", certificate)
        request.write_bytes(bytes(range(256)) * 4)
        lab.swap("--blank")
        tool = ("pkcs11-tool", "--login", "--pin", "env:PIN", "--id", "01")
        with lab.cost() as cost:
            lab.run(*tool, "--keypairgen", "--key-type", "rsa:2048")
            lab.run(*tool, "--sign", "--mechanism", "SHA256-RSA-PKCS", "--input-file", request,
                    "--output-file", lab.folder / "signature")
            lab.run(*tool, "--write-object", certificate, "--type", "cert")
        self.values["peer.pkcs11-tool-enroll.apdus"] = cost.apdus

    def trial(self):
        self.lab.swap("--blank")
        with self.lab.cost() as cost:
            self.lab.cardenroll("run")
        self.values["trial-logon.apdus"] = cost.apdus - self.values["enroll.apdus"]

    def plan(self):
        program = self.lab.build / "tests/bench/plan-growth"
        for templates, groups in (1000, 10000), (100, 10000), (1000, 100):
            name = f"plan-{templates}-templates-{groups}-groups.cpu-ms"
            self.values[name] = float(subprocess.check_output([program, str(templates), str(groups)], text=True))
