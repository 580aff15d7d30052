# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk at which the agent runs. For the tests beside it.

The agent works by itself, so a test waits for what it is about to look at: for the end of the agent's next look at a card
(`look_after`), for a state on the bus (`wait_for`), for a notification (`wait_for_news`).
"""

import glob
import json
import os
import pathlib
import re

from desk import AGENT, WORKER, Desk

BUS = "org.cardenroll.Agent1"


class AgentDesk(Desk):

    def start(self, user="alice", *options):
        self.begun = len(self.log(user))
        self.lab("service", f"agent-{user}", "start", "--user", user, "--env", f"CARDENROLL_WORKER={WORKER}", *options, AGENT)
        self.addCleanup(self.stop, user)
        self.lab("run", "--user", user, "gdbus", "wait", "--session", "--timeout", "120", BUS)
        self.n_events = {user: len(self.events(user))}

    def stop(self, user="alice"):
        self.lab("service", f"agent-{user}", "stop", check=False)

    def alive(self, user="alice"):
        return self.lab("service", f"agent-{user}", "alive", check=False).returncode == 0

    def log(self, user="alice"):
        path = f"{self.folder}/log/agent-{user}.log"
        if not os.path.exists(path):
            return ""
        with open(path, encoding="utf-8", errors="replace") as file:
            return file.read()

    def outcomes(self, user="alice"):
        """How each look of this agent at a card has ended; the worker is gone by then."""
        return re.findall(r": (?:the )?card .*: (done|nothing-to-do|offered|waiting|refused|cancelled|failed)\b", self.log(user)[self.begun:])

    def look_after(self, action, user="alice"):
        """Does ACTION and waits for the agent's next look at a card. How that ended."""
        before = len(self.outcomes(user))
        action()
        return self.wait_for(lambda: self.outcomes(user)[before:], self.told)[0]

    def told(self):
        names = map(pathlib.Path, glob.glob(f"{self.folder}/log/*agent*"))
        logs = "".join(name.read_text(encoding="utf-8", errors="replace")[-3000:] for name in names)
        return f"notifications: {self.events()}\n{logs}"

    def tree(self):
        """The agent's objects on the bus, as gdbus prints them."""
        return self.lab("run", "gdbus", "introspect", "--session", "--recurse", "-d", BUS, "-o", "/org/cardenroll/Agent1")

    def state(self):
        """Of the card, as the agent shows it on the bus; None where there is none."""
        found = re.search(r"State = '(\w+)'", self.tree().partition("interface org.cardenroll.Card1")[2])
        return found.group(1) if found else None

    def await_news(self):
        """Until everything that the agent had to tell is told: it, and then the notification server, answer one question more."""
        self.tree()
        self.lab("run", "gdbus", "introspect", "--session", "-d", "org.freedesktop.Notifications", "-o", "/org/freedesktop/Notifications")

    def events(self, user="alice"):
        return [json.loads(line) for line in self.lab("notifications", "--user", user).splitlines()]

    def news(self, user="alice"):
        """What was shown since the agent started: summaries and bodies."""
        shown = [e for e in self.events(user)[self.n_events[user]:] if e["event"] == "notify"]
        return "\n".join(f"{e.get('summary', '')} {e.get('body', '')}" for e in shown)

    def wait_for_news(self, *words, user="alice"):
        return self.wait_for(lambda: all(word.lower() in self.news(user).lower() for word in words) and self.news(user), self.told)

    def history(self, user="alice"):
        return self.cardenroll("history", "--json", user=user).json["history"]
