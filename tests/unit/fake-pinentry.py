#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""A pinentry for tests: behaves as FAKE_PINENTRY says and writes what it was told to FAKE_PINENTRY_LOG."""
import os
import sys
import time

MODE = os.environ.get("FAKE_PINENTRY", "pin 648219")
LOG = os.environ.get("FAKE_PINENTRY_LOG")
CANCELLED, TIMED_OUT, NOT_CONFIRMED, NO_TTY = 83886179, 83886142, 83886194, 83918950


def say(line):
    sys.stdout.buffer.write(line.encode("utf-8", "surrogateescape") + b"\n")
    sys.stdout.buffer.flush()


def log(line):
    if LOG:
        with open(LOG, "a", encoding="utf-8") as out:
            out.write(line + "\n")


def answer(what, entry):
    """Answers GETPIN and CONFIRM; @entry counts from 0."""
    word, _, rest = what.partition(" ")
    if word == "pin":
        pins = rest.split(",")
        pin = pins[min(entry, len(pins) - 1)]
        if pin:
            say("D " + pin)
        say("OK")
    elif word == "split":
        for char in rest:
            say("D " + char)
        say("OK")
    elif word == "chatty":
        say("# a comment")
        say("S PASSWORD_FROM_CACHE")
        say("INQUIRE QUALITY " + rest)
        log("inquired: " + sys.stdin.readline().rstrip("\n"))
        say("S PIN_REPEATED")
        say("D " + rest)
        say("OK")
    elif word == "yes":
        say("OK")
    elif word == "err":
        say(f"ERR {rest}")
    elif word == "exit":
        sys.exit(int(rest))
    elif word == "signal":
        os.kill(os.getpid(), int(rest))
        time.sleep(60)
    elif word == "hang":
        time.sleep(600)
    elif word == "deaf":
        os.closerange(0, 1)
        time.sleep(600)
    elif word == "raw":
        say(rest.encode().decode("unicode_escape"))
    elif word == "flood":
        while True:
            say("S " + "x" * 900)
    elif word == "long-line":
        say("D " + "1" * 5000)


def main():
    log("argv: " + " ".join(sys.argv[1:]))
    if MODE.startswith("greet "):
        say(MODE[6:])
    elif MODE == "no-greeting":
        sys.exit(3)
    else:
        say("OK Pleased to meet you")
    entry = 0
    for line in sys.stdin:
        line = line.rstrip("\n")
        log(line)
        command = line.split(" ")[0]
        if command in ("GETPIN", "CONFIRM"):
            answer(MODE, entry)
            entry += 1
        elif command == "OPTION" and "lc-messages" in line:
            say("ERR 83886254 Unknown option <Pinentry>")
        else:
            say("OK")


try:
    main()
except BrokenPipeError:
    os._exit(0)
