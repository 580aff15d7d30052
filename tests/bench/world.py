# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab as the measurements see it: commands in alice's session, and what they cost."""

import shutil
import subprocess
import tempfile
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

HERE = Path(__file__).resolve().parent
TOP = HERE.parents[1]
LAB = TOP / "tests/lab/lab"
PIN = "648219"
PATIENCE_S = 60

# Sums over all threads of process $1: context switches, voluntary or not.
SWITCHES = """awk '/ctxt_switches/ { n += $2 } END { print n }' /proc/"$1"/task/*/status"""
RESIDENT = """awk '/^VmRSS/ { print $2 }' /proc/"$1"/status"""


class Failed(Exception):
    """A measurement could not be made; the message says why."""


@dataclass
class Cost:
    """What a stretch of work cost; filled at the end of `with lab.cost()`."""

    apdus: int = 0
    prompts: int = 0
    searches: int = 0
    cpu_ms: dict = field(default_factory=dict)  # by program


class Lab:
    def __init__(self, build):
        self.build = build
        self.folder = Path(tempfile.mkdtemp(prefix="bench-", dir="/tmp"))
        self.costs = self.folder / "costs"
        self.reader = "0"

    def __enter__(self):
        try:
            self("up")
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        subprocess.run([LAB, "down", self.folder], check=False, capture_output=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def __call__(self, verb, *arguments, text=None):
        done = subprocess.run([LAB, verb, self.folder, *map(str, arguments)], input=text, capture_output=True,
                              text=True, timeout=300, check=False)
        if done.returncode != 0:
            said = (done.stdout + done.stderr).strip()
            raise Failed(f"lab {verb} {' '.join(map(str, arguments))}: exit code {done.returncode}\n{said}")
        return done.stdout

    def metered(self):
        """Options of `lab run` that put the meter in the worker's place."""
        return [word for assignment in (
            f"CARDENROLL_WORKER={HERE / 'meter'}",
            f"CARDENROLL_BENCH_WORKER={self.build / 'agent/worker/cardenroll-worker'}",
            f"CARDENROLL_BENCH_PRELOAD={self.build / 'tests/bench/bench-costs.so'}",
            f"CARDENROLL_BENCH_COSTS={self.costs}",
            # A sanitised program does not like to be loaded after somebody else; it may.
            "ASAN_OPTIONS=verify_asan_link_order=0:detect_leaks=0",
        ) for word in ("--env", assignment)]

    def run(self, *command, **options):
        return self("run", "--no-ticket", "--env", f"PIN={PIN}", "--", *command, **options)

    def cardenroll(self, *arguments):
        return self("run", *self.metered(), "--", self.build / "ui/cli/cardenroll", *arguments)

    def settings(self, **groups):
        """Adds to alice's cardenroll.conf; settings(logon="trial=no") → [logon] trial=no."""
        path = self.folder / "users/alice/config/cardenroll/cardenroll.conf"
        kept = path.read_text().split("# bench\n")[0]
        path.write_text(kept + "# bench\n" + "".join(f"[{group}]\n{line}\n" for group, line in groups.items()))

    def apdus(self):
        return int(self("apdus", self.reader))

    def prompts(self):
        return len(self("prompts").splitlines())

    def cost(self):
        return Stretch(self)

    def insert(self, *arguments):
        self("insert", self.reader, *arguments)

    def swap(self, *arguments):
        self("remove", self.reader)
        self.insert(*arguments)

    def card(self):
        return (self.folder / f"cards/reader-{self.reader}").read_text().strip()

    def start(self, name, *command):
        """A service in alice's session; returns its process id as the lab sees it."""
        self("service", name, "start", *self.metered(), "--", *command)
        return self.run("cat", f"/run/lab/user-{name}.pid").strip()

    def stop(self, name):
        self("service", name, "stop")

    def switches(self, pid):
        return int(self.run("sh", "-c", SWITCHES, "switches", pid))

    def resident(self, pid):
        return int(self.run("sh", "-c", RESIDENT, "resident", pid))

    def agent_card(self, outcome):
        """Waits until the agent has done with the card, with that outcome."""
        until(lambda: f"'LastOutcome': <'{outcome}'>" in self.agent_objects(), f"the agent says '{outcome}'")

    def agent_objects(self):
        try:
            return self.run("gdbus", "call", "--session", "--dest", "org.cardenroll.Agent1",
                            "--object-path", "/org/cardenroll/Agent1",
                            "--method", "org.freedesktop.DBus.ObjectManager.GetManagedObjects")
        except Failed:
            return ""

    def agent_has_no_card(self):
        until(lambda: self.agent_objects().startswith("(@a"), "the agent sees no card")


class Stretch:
    """with lab.cost() as cost: …"""

    def __init__(self, lab):
        self.lab = lab
        self.found = Cost()

    def __enter__(self):
        self.lab.costs.write_text("")
        self.apdus, self.prompts = self.lab.apdus(), self.lab.prompts()
        return self.found

    def __exit__(self, failure, *_):
        if failure:
            return
        self.found.apdus = self.lab.apdus() - self.apdus
        self.found.prompts = self.lab.prompts() - self.prompts
        lines = [line.split() for line in self.lab.costs.read_text().splitlines()]
        self.found.searches = lines.count(["search"])
        self.found.cpu_ms = Counter()
        for name, cpu_ms in (line[1:] for line in lines if line[0] == "cpu"):
            self.found.cpu_ms[name] += float(cpu_ms)


def until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while not condition():
        if time.monotonic() > end:
            raise Failed(f"this did not happen within {PATIENCE_S} s: {what}")
        time.sleep(0.1)
