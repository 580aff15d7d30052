#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A worker for tests of the command line: replays the recorded stream FAKE_WORKER_STREAM.

FAKE_WORKER_STREAM is a file of JSON objects, one a line, or a folder that holds fake-worker-COMMAND.jsonl. A line
{"sleep": 1} waits, {"raise": 15} ends it by a signal. The job goes to FAKE_WORKER_JOB, answers to
questions go into the file behind it. SIGTERM ends in the result "cancelled", as the worker's own does.
"""
import json
import os
import signal
import sys
import time


def note(text):
    path = os.environ.get("FAKE_WORKER_JOB")
    if path:
        with open(path, "a", encoding="utf-8") as out:
            out.write(text)


def say(line):
    sys.stdout.write(line)
    sys.stdout.flush()


def cancelled(_signal, _frame):
    error = {"code": "cancelled", "message": "stopped as you asked", "hint": None}
    say(json.dumps({"type": "result", "outcome": "failed", "exit_code": 1, "error": error}) + "\n")
    sys.exit(1)


def main():
    signal.signal(signal.SIGTERM, cancelled)
    line = sys.stdin.readline()
    note(line)
    stream = os.environ["FAKE_WORKER_STREAM"]
    if os.path.isdir(stream):
        stream = os.path.join(stream, f"fake-worker-{json.loads(line)['command']}.jsonl")
    with open(stream, encoding="utf-8") as recorded:
        for line in recorded:
            report = json.loads(line)
            if "sleep" in report:
                time.sleep(report["sleep"])
            elif "raise" in report:
                os.kill(os.getpid(), report["raise"])
            else:
                say(line)
            if report.get("type") == "question":
                note(sys.stdin.readline())


main()
