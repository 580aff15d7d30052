# SPDX-License-Identifier: GPL-3.0-or-later
"""What the pull test plays with, seen from inside the lab: card, CA, journal and worker. Nothing of the product is
used to look at a card: its state file is read, keys and certificates are compared by python3-cryptography."""

import importlib.machinery
import importlib.util
import json
import os
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding

HERE = os.path.dirname(os.path.realpath(__file__))
TESTS = os.path.dirname(HERE)
PIN = "648219"
READER = "Virtual PCD 00 00"
CERTIFICATE_FILES = 0xCE  # SmartCard-HSM: the file of key n's certificate is CE00 + n
PATIENCE_S = 180
# Leaks are other tests' business: the search for them takes most of a worker's time. A sanitised worker wants its runtime
# to be the first library, which the module that kills it is.
SANITIZERS = "detect_leaks=0:verify_asan_link_order=0"

sys.path.insert(0, os.path.join(TESTS, "labca"))
from adcs import control  # noqa: E402


def load_script(name, path):
    loader = importlib.machinery.SourceFileLoader(name, path)
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader(name, loader))
    loader.exec_module(module)
    return module


class Lost(AssertionError):
    """What must hold does not."""


def hold(condition, *words):
    if not condition:
        raise Lost(" ".join(str(word) for word in words))


def spki(public_key):
    return public_key.public_bytes(serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo)


def parse_certificate(der):
    """The certificate, or None where this is none or half of one."""
    try:
        certificate = x509.load_der_x509_certificate(der)
    except ValueError:
        return None
    return certificate if certificate.public_bytes(serialization.Encoding.DER) == der else None


@lru_cache(maxsize=64)
def load_key(der_hex):
    """Loading one checks its primes, which takes longer than all else here: once for each key."""
    return serialization.load_der_private_key(bytes.fromhex(der_hex), None)


class CardContent:
    """The content of a card, from its state file."""

    def __init__(self, path):
        self.keys, self.files = {}, {}
        with open(path, encoding="ascii") as file:
            for line in file:
                words = line.split()
                if words[0] == "key":
                    self.keys[int(words[1])] = load_key(words[2])
                elif words[0] == "file":
                    self.files[int(words[1], 16)] = bytes.fromhex(words[2]) if len(words) > 2 else b""
                elif words[0] == "user-pin":
                    self.pin_tries = int(words[1])

    def certificates(self):
        """Key number to DER, of the whole ones."""
        return {fid & 0xFF: content for fid, content in self.files.items()
                if fid >> 8 == CERTIFICATE_FILES and parse_certificate(content)}

    def pairs(self):
        """The DER of the certificates whose key is on the card too."""
        return [der for number, der in self.certificates().items() if number in self.keys
                and spki(self.keys[number].public_key()) == spki(parse_certificate(der).public_key())]

    def kinds(self):
        """How many files of each kind and how many keys."""
        return Counter([f"{fid >> 8:02X}xx" for fid in self.files] + ["key"] * len(self.keys))


class Slot:
    """The reader with the card in software."""

    def __init__(self):
        self.readers = load_script("readers", os.path.join(TESTS, "lab", "readers"))
        self.context = self.readers.Context()
        self.file = None

    @staticmethod
    def say(*words):
        """As vcardctl does."""
        with socket.socket(socket.AF_UNIX) as line:
            line.connect("/run/lab/slot-0")
            line.sendall((" ".join(words) + "\n").encode())
            answer = line.makefile().readline().strip()
        hold(answer.startswith("ok"), "the card in software:", words, answer)
        return answer[3:]

    def apdus(self):
        return json.loads(self.say("apdus"))["total"]

    def eject(self):
        self.say("vanish-after", "0")
        self.say("eject")

    def pull(self):
        """Returns when pcscd has seen it too: else what is done next may still meet the card before."""
        self.eject()
        self.wait_until("empty")

    def wait_until(self, state):
        try:
            self.readers.await_state(self.context, 0, state)
        except SystemExit as error:
            raise Lost(error) from error

    def put_in(self, file):
        self.file = file
        self.insert("swap", file)

    def insert_again(self):
        self.insert("insert")

    def insert(self, *words):
        """pcscd itself misses an insertion now and then, and then nobody can know of it: once more."""
        for more in (True, True, False):
            self.pull()
            self.say(*words)
            try:
                return self.wait_until("present")
            except Lost:
                if not more:
                    raise

    def content(self):
        return CardContent(self.file)


class Authority:
    """The lab CA, by its control socket and its own database."""
    name = "LAB-CA"

    def __init__(self, folder):
        self.folder = folder

    def ctl(self, command, **arguments):
        return control.call(Path(self.folder), command, **arguments)

    def clean(self):
        self.ctl("up")
        self.ctl("fault", mode="none")

    def rows(self, since=0):
        """(id, template, disposition, DER) of each request after SINCE."""
        with closing(sqlite3.connect(os.path.join(self.folder, "requests.sqlite"), timeout=20)) as db:
            return db.execute("SELECT request.id, template, disposition, der FROM request LEFT JOIN certificate "
                              "ON request = request.id WHERE request.id > ? ORDER BY request.id", (since,)).fetchall()

    def last(self):
        rows = self.rows()
        return rows[-1][0] if rows else 0

    def issued(self, since):
        return [row[3] for row in self.rows(since) if row[2] == "issued"]

    def approve_all(self, since):
        for number, _, disposition, _ in self.rows(since):
            if disposition == "pending":
                self.ctl("approve", request_id=number)


class Journal:
    """The product's journal, read by itself."""

    def __init__(self, folder):
        self.folder = folder

    def rows(self, query):
        path = os.path.join(self.folder, "cardenroll", "journal.db")
        if not os.path.exists(path):
            return []
        # A copy: what a killed worker left is for the next worker to roll back, not for us.
        copy = "/run/lab/journal-copy"
        shutil.rmtree(copy, ignore_errors=True)
        shutil.copytree(os.path.dirname(path), copy)
        with closing(sqlite3.connect(os.path.join(copy, "journal.db"))) as db:
            db.row_factory = sqlite3.Row
            try:
                return [dict(row) for row in db.execute(query)]
            except sqlite3.OperationalError as error:
                if "no such table" in str(error):
                    return []
                raise

    def jobs(self):
        return self.rows("SELECT * FROM job ORDER BY id")

    def history(self, since=0):
        return self.rows(f"SELECT rowid AS line, * FROM history WHERE rowid > {since} ORDER BY rowid")

    def last(self):
        lines = self.history()
        return lines[-1]["line"] if lines else 0

    def names_spare(self, key, authority, since):
        """Does a line after SINCE say that a certificate for KEY, by AUTHORITY, may be at the CA that nobody fetched?"""
        return bool(self.rows("SELECT 1 FROM history JOIN job ON history.job = job.id WHERE history.state = 'request-sending' "
                              "AND history.note LIKE '%may have issued a certificate for this key that nobody fetched%' "
                              f"AND job.public_key_id = '{key}' AND history.ca_name = '{authority}' AND history.rowid > {since}"))

    def open_jobs(self):
        return [job for job in self.jobs() if job["state"] not in ("done", "abandoned")
                and not (job["state"] == "denied" and not job["public_key_id"])]


@dataclass
class Run:
    """How a worker ended."""
    status: int
    result: dict = field(default_factory=dict)
    errors: str = ""

    @property
    def outcome(self):
        return self.result.get("outcome", f"signal {-self.status}" if self.status < 0 else "no result")

    @property
    def killed(self):
        return self.status == -signal.SIGKILL

    def __str__(self):
        error = self.result.get("error") or {}
        return f"{self.outcome} {error.get('code', '')} {error.get('message', '')} {self.errors[-300:]}".strip()


def run_worker(command, template=None, ahead=0, env=()):
    """One job of the worker, as the agent starts it; the PIN comes on a descriptor."""
    read_end, write_end = os.pipe()
    job = {"command": command, "reader": READER, "card": None, "template": template, "interactive": False,
           "pin_fd": read_end, "limit": 50}
    environment = {**os.environ, "ASAN_OPTIONS": SANITIZERS, "CARDENROLL_CLOCK_AHEAD": str(ahead), **dict(env)}
    worker = subprocess.Popen([os.environ["CARDENROLL_WORKER"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, pass_fds=(read_end,), env=environment)
    os.write(write_end, f"{PIN}\n".encode())
    os.close(write_end)
    os.close(read_end)
    timer = threading.Timer(PATIENCE_S, worker.terminate)
    timer.start()
    try:
        out, err = worker.communicate(json.dumps(job) + "\n")
    finally:
        timer.cancel()
    reports = [json.loads(line) for line in out.splitlines() if line.startswith("{")]
    results = [report for report in reports if report.get("type") == "result"]
    return Run(worker.returncode, results[-1] if results else {}, err)


def prove(certificate_der):
    """Signs with the card by pkcs11-tool and checks the signature with the certificate's key."""
    data, signature = "/run/lab/data", "/run/lab/signature"
    with open(data, "wb") as file:
        file.write(os.urandom(64))
    done = subprocess.run(["pkcs11-tool", "--module", "opensc-pkcs11.so", "--login", "--pin", "env:LAB_PIN", "--sign",
                           "--mechanism", "SHA256-RSA-PKCS", "--input-file", data, "--output-file", signature],
                          env={**os.environ, "LAB_PIN": PIN}, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
    hold(done.returncode == 0, "pkcs11-tool does not sign:", done.stdout, done.stderr)
    with open(data, "rb") as message, open(signature, "rb") as signed:
        key = parse_certificate(certificate_der).public_key()
        key.verify(signed.read(), message.read(), padding.PKCS1v15(), hashes.SHA256())
