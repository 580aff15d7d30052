# SPDX-License-Identifier: GPL-3.0-or-later
"""A session for the agent: a bus with a notification server, pcscd with two virtual readers, cards in software.

Everything lives in private namespaces and a temporary folder; only the worker is not the real one.
"""

import calendar
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time

from gi.repository import Gio, GLib

HERE = pathlib.Path(__file__).resolve().parent
TOP = HERE.parents[2]
LAB = TOP / "tests/lab"
BUILD = pathlib.Path(os.environ.get("CARDENROLL_BUILD", TOP / "build/debug"))
AGENT = BUILD / "agent/daemon/cardenroll-agent"
VCARD = BUILD / "tests/vcard/vcard"

BUS_NAME = "org.cardenroll.Agent1"
BUS_PATH = "/org/cardenroll/Agent1"
CARD = "org.cardenroll.Card1"
PCSCD_SOCKET = pathlib.Path("/run/pcscd/pcscd.comm")
READERS = ["Virtual PCD 00 00", "Virtual PCD 00 01"]
PATIENCE_S = 90

MISSING = [name for name in ("pcscd", "dbus-daemon", "unshare", "ip") if not shutil.which(name, path="/usr/bin:/usr/sbin:/bin:/sbin")]


def enter_namespaces():
    """Starts this program again in namespaces of its own, once."""
    if os.environ.get("WORLD_INSIDE"):
        return
    kinds = ["--net", "--mount", "--pid", "--fork", "--kill-child=KILL", "--mount-proc"]
    if os.geteuid() != 0:
        kinds += ["--user", "--map-root-user"]
    if MISSING or subprocess.run(["unshare", *kinds, "true"], capture_output=True).returncode != 0:
        print(f"SKIPPED: needs private namespaces and: {', '.join(MISSING) or 'nothing else'}", file=sys.stderr)
        sys.exit(77)
    os.environ["WORLD_INSIDE"] = "1"
    os.environ["PATH"] += ":/usr/sbin:/sbin"
    os.execvp("unshare", ["unshare", *kinds, sys.executable, *sys.argv])


def run(*command):
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def mount_own_run():
    """A /run of our own, only the two virtual readers, and no driver of a real one."""
    run("ip", "link", "set", "lo", "up")
    # The readers' ports are nobody else's, while pcscd is away either.
    reserved = pathlib.Path("/proc/sys/net/ipv4/ip_local_reserved_ports")
    if os.access(reserved, os.W_OK):
        reserved.write_text("35963-35964\n")
    run("mount", "-t", "tmpfs", "-o", "mode=755", "world", "/run")
    for folder in ("/run/pcscd", "/run/drivers/serial", "/run/readers"):
        os.makedirs(folder)
    shutil.copy(LAB / "etc/vpcd.conf", "/run/readers/vpcd")
    run("mount", "--bind", "/usr/lib/pcsc/drivers/serial", "/run/drivers/serial")
    run("mount", "--rbind", "/run/drivers", "/usr/lib/pcsc/drivers")


def until(condition, what):
    end = time.monotonic() + PATIENCE_S
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"never happened: {what}")
        while GLib.MainContext.default().iteration(False):
            pass
        time.sleep(0.01)


def lines(path):
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def without_polkit():
    """Debian 13's pcscd lets nobody in unless a system bus and polkit agree."""
    known = subprocess.run(["pcscd", "--help"], capture_output=True, text=True, check=False)
    return ["--disable-polkit"] if "--disable-polkit" in known.stdout + known.stderr else []


class World:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="world."))
        self.processes = {}
        self.environment = dict(
            PATH=os.environ["PATH"], LC_ALL="C.UTF-8", WORLD=str(self.folder), HOME=str(self.folder),
            XDG_RUNTIME_DIR=str(self.folder), XDG_CONFIG_HOME=str(self.folder / "config"),
            DBUS_SESSION_BUS_ADDRESS=f"unix:path={self.folder}/bus", CARDENROLL_WORKER=str(HERE / "worker"),
        )
        for name in ("ASAN_OPTIONS", "LSAN_OPTIONS"):
            if name in os.environ:
                self.environment[name] = os.environ[name]
        self.script(result("nothing-to-do", 2))

    # processes

    def start(self, name, *command, **environment):
        with open(self.folder / f"{name}.log", "ab") as log:
            self.processes[name] = subprocess.Popen(
                [str(word) for word in command], env={**self.environment, **environment}, stdin=subprocess.DEVNULL,
                stdout=log, stderr=log, cwd=self.folder,
            )
        return self.processes[name]

    def stop(self, name, how=signal.SIGTERM):
        process = self.processes.pop(name)
        process.send_signal(how)
        return process.wait(PATIENCE_S)

    def end(self):
        for name in list(self.processes):
            self.stop(name, signal.SIGTERM if name == "agent" else signal.SIGKILL)
        for left in (PCSCD_SOCKET, PCSCD_SOCKET.with_name("pcscd.pid")):
            left.unlink(missing_ok=True)
        shutil.rmtree(self.folder)

    def log(self, name="agent"):
        return (self.folder / f"{name}.log").read_text(errors="replace")

    # the session

    def write_bus_config(self):
        config = (LAB / "etc/session-bus.conf").read_text()
        config = config.replace("@BUS@", f"{self.folder}/bus").replace("@SERVICES@", f"{self.folder}/services")
        (self.folder / "bus.conf").write_text(config)

    def start_bus(self):
        self.write_bus_config()
        self.start("bus", "dbus-daemon", "--nofork", f"--config-file={self.folder}/bus.conf")
        self.connect()

    def connect(self):
        until(self.bus_listens, "the bus is there")
        flags = Gio.DBusConnectionFlags.AUTHENTICATION_CLIENT | Gio.DBusConnectionFlags.MESSAGE_BUS_CONNECTION
        self.bus = Gio.DBusConnection.new_for_address_sync(f"unix:path={self.folder}/bus", flags, None, None)

    def bus_listens(self):
        with socket.socket(socket.AF_UNIX) as client:
            return client.connect_ex(str(self.folder / "bus")) == 0

    def start_notifications(self):
        self.start("notifications", LAB / "notifications", "serve", self.folder / "notified")
        until(lambda: self.has_owner("org.freedesktop.Notifications"), "the notification server is there")

    def call(self, name, path, interface, method, arguments=None):
        return self.bus.call_sync(name, path, interface, method, arguments, None, Gio.DBusCallFlags.NONE, PATIENCE_S * 1000, None).unpack()

    def has_owner(self, name):
        return self.call("org.freedesktop.DBus", "/", "org.freedesktop.DBus", "NameHasOwner", GLib.Variant("(s)", (name,)))[0]

    def notified(self, event="notify"):
        return [e for e in map(json.loads, lines(self.folder / "notified")) if e["event"] == event]

    def summaries(self):
        return [e["summary"] for e in self.notified()]

    def press(self, action):
        """The person presses a button of the notification that was shown last, or dismisses it."""
        shown = self.notified()[-1]["id"]
        words = ["dismiss", shown] if action is None else ["invoke", shown, action]
        subprocess.run([str(LAB / "notifications"), *map(str, words)], env=self.environment, check=True)

    @staticmethod
    def add_address(address):
        """The computer comes into a network."""
        run("ip", "address", "add", f"{address}/32", "dev", "lo")

    # readers and cards

    def start_pcscd(self):
        self.start("pcscd", "pcscd", "--foreground", "--config", "/run/readers", *without_polkit())
        until(self.pcscd_answers, "pcscd has its readers")

    def pcscd_answers(self):
        try:
            for port in (35963, 35964):
                with open("/proc/net/tcp") as table:
                    if f":{port:04X} " not in table.read():
                        return False
            return PCSCD_SOCKET.is_socket()
        except OSError:
            return False

    def kill_pcscd(self):
        self.stop("pcscd", signal.SIGKILL)

    def insert(self, reader=0, serial=None):
        if f"card-{reader}" in self.processes:
            self.card(reader, "insert")
            return
        self.start(
            f"card-{reader}", VCARD, "--port", 35963 + reader, "--state", self.make_card(serial or f"CARD{reader:04d}"),
            "--control", self.folder / f"control-{reader}",
        )

    def make_card(self, serial):
        state, pins = self.folder / f"{serial}.card", self.folder / "pins"
        if not state.exists():
            pins.write_text("648219\n3537363231383830\n")
            run(VCARD, "--make", state, "--serial", serial, "--label", "Test", "--pin-file", pins)
        return state

    def card(self, reader, *command):
        control = self.folder / f"control-{reader}"
        until(control.is_socket, "the card listens")
        with socket.socket(socket.AF_UNIX) as channel:
            channel.connect(str(control))
            channel.sendall(" ".join(map(str, command)).encode() + b"\n")
            answer = channel.recv(65536).decode()
        assert answer.startswith("ok"), answer

    def eject(self, reader=0):
        self.card(reader, "eject")

    # the agent

    def script(self, *script, reader=None):
        name = "script" if reader is None else f"script-{reader:02d}"
        new = self.folder / f"{name}.new"
        new.write_text("".join(line + "\n" for line in script))
        new.rename(self.folder / name)

    def start_agent(self, **environment):
        process = self.start("agent", AGENT, **environment)
        until(lambda: process.poll() is not None or self.has_owner(BUS_NAME), "the agent has its name")
        assert process.poll() is None, self.log()

    def jobs(self):
        return [json.loads(line) for line in lines(self.folder / "jobs")]

    def ended(self):
        return lines(self.folder / "ended")

    def touch(self, name):
        (self.folder / name).touch()

    def agent(self, property):
        get = GLib.Variant("(ss)", (BUS_NAME, property))
        return self.call(BUS_NAME, BUS_PATH, "org.freedesktop.DBus.Properties", "Get", get)[0]

    def cards(self):
        """Properties of each card, by the number of the object."""
        objects = self.call(BUS_NAME, BUS_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects")[0]
        return {path.rsplit("/", 1)[1]: interfaces[CARD] for path, interfaces in objects.items()}

    def only_card(self):
        cards = self.cards()
        return next(iter(cards.values())) if len(cards) == 1 else None

    def await_state(self, state, reader=0):
        def find():
            for card in self.cards().values():
                if card["Reader"] == READERS[reader] and card["State"] == state:
                    return card

        return until(find, f"the card in reader {reader} is {state}")

    def run(self, reader=""):
        self.call(BUS_NAME, BUS_PATH, BUS_NAME, "Run", GLib.Variant("(s)", (reader,)))


def progress(step, hold=False, **more):
    return json.dumps({"type": "progress", "step": step, "text": step, "deadline_ms": 10000, "hold": hold, **more})


def question(id, text, *choices):
    return json.dumps({"type": "question", "id": id, "text": text, "choices": choices})


def result(outcome, exit_code, error=None, serial="CARD0000", next_look=None, performed=()):
    plan = {"card": {"serial": serial, "label": "Test"}, "next_look": next_look}
    return json.dumps(
        {"type": "result", "outcome": outcome, "exit_code": exit_code, "error": error, "plan": plan, "performed": performed}
    )


def in_days(days):
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(time.time() + days * 24 * 3600))


def day_of(moment):
    """As people write it: 9 December 2027."""
    day = time.localtime(calendar.timegm(time.strptime(moment, "%Y-%m-%dT%H:%M:%SZ")))
    return f"{day.tm_mday} {time.strftime('%B %Y', day)}"


def offer(until=None, seconds=0, template="LabSmartcard", action="renew"):
    """What a worker says where everything that is due can wait."""
    actions = [{"action": action, "template": template, "display_name": "Lab Smartcard", "expires": in_days(380)}]
    return json.dumps({
        "type": "result", "outcome": "offered", "exit_code": 2, "error": None, "plan": {"card": {"serial": "CARD0000", "label": "Test"}},
        "offer": {"until": until, "seconds": seconds, "actions": actions},
    })


def failure(code, message, exit_code=6, tries_left=None):
    error = {"code": code, "message": message, "hint": None, "tries_left": tries_left}
    return result("failed", exit_code, error)
