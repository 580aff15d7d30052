#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures cardenroll in a lab of its own, beside other programs on the same card.

Makes the release build, brings a lab up, and prints a table: each figure, the bound that it should keep, and whether it
does. A bound that is a share of a peer's figure is so in this very run. tests/bench/run starts this.
"""

import argparse
import json
import locale
import os
import subprocess
import sys
import time
from pathlib import Path

sys.dont_write_bytecode = True

from bounds import FIGURES, SECTIONS
from measure import Bench
from world import TOP, Failed, Lab

SKIPPED = 77
PROGRAMS = ("cardenroll", "cardenroll-agent", "cardenroll-worker", "cardenroll-sysvol", "vcard", "vcardctl",
            "plan-growth", "bench-costs")


def options():
    parser = argparse.ArgumentParser(prog="tests/bench/run", description=__doc__.splitlines()[0])
    parser.add_argument("--json", action="store_true", help='one object a line: {"name", "value", "unit"}')
    parser.add_argument("--quick", action="store_true", help="short idle windows, one round")
    parser.add_argument("--check-counts", action="store_true",
                        help="fail where a count is over its bound (never for times and sizes)")
    parser.add_argument("--build", type=Path, help="measure this build folder; else the release build is made")
    return parser.parse_args()


def note(text):
    print(text, file=sys.stderr, flush=True)


def release_build():
    build = TOP / "build/release"
    note("making the release build")
    subprocess.run(["cmake", "--preset", "release"], cwd=TOP, check=True, stdout=subprocess.DEVNULL)
    made = subprocess.run(["ninja", "-C", build, *PROGRAMS], check=False, capture_output=True, text=True)
    if made.returncode != 0:
        raise Failed(f"the release build fails:\n{made.stdout}")
    return build


def measure(build, quick):
    with Lab(build) as lab:
        bench = Bench(lab, quick)
        for words, step in bench.run():
            note(f"measuring: {words}")
            step()
        return bench.values


def number(value):
    return f"{value:,.0f}" if value == int(value) or value >= 100 else f"{value:,.1f}"


def bound_words(figure, values):
    bound = figure.bound
    if bound is None:
        return ""
    if not bound.of:
        return number(bound.at_most)
    share = "" if bound.at_most == 1 else f"{bound.at_most:g} × "
    return f"{number(bound.value(values))} = {share}{FIGURES[bound.of].words}"


class Paper:
    """Glyphs and colours that the terminal can show."""

    def __init__(self):
        locale.setlocale(locale.LC_ALL, "")
        plain = locale.nl_langinfo(locale.CODESET) != "UTF-8"
        self.colour = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self.yes, self.no, self.at_most, self.times = ("+", "-", "<=", "x") if plain else ("✔", "✘", "≤", "×")

    def paint(self, code, text):
        return f"\033[{code}m{text}\033[0m" if self.colour and text else text

    def verdict(self, held):
        return self.paint("32", self.yes) if held else self.paint("1;31", self.no)

    def line(self, figure, values):
        words = ("    beside it: " if figure.is_peer else "  ") + figure.words
        text = f"{words:<54}{number(values[figure.name]):>8} {figure.unit:<9}"
        if figure.bound is None:
            return self.paint("2", text.rstrip()) if figure.is_peer else text.rstrip()
        bound = bound_words(figure, values).replace("×", self.times)
        return f"{text} {self.verdict(figure.held(values))}  {self.at_most} {bound}"

    def table(self, values):
        for title, figures in SECTIONS:
            print(self.paint("1", title))
            for figure in figures:
                print(self.line(figure, values))
            print()
        bounded = [figure.held(values) for figure in FIGURES.values() if figure.bound]
        print(f"{sum(bounded)} of {len(bounded)} bounds are kept.")


def print_json(values):
    for name, figure in FIGURES.items():
        print(json.dumps({"name": name, "value": round(values[name], 2), "unit": figure.unit}))


def check_counts(values):
    broken = [figure for figure in FIGURES.values() if figure.is_count and figure.held(values) is False]
    for figure in broken:
        note(f"{figure.name}: {number(values[figure.name])}, and may be {bound_words(figure, values)} at most")
    return 1 if broken else 0


def main():
    arguments = options()
    start = time.monotonic()
    try:
        values = measure(arguments.build.resolve() if arguments.build else release_build(), arguments.quick)
    except (Failed, subprocess.CalledProcessError) as failure:
        is_skipped = "private namespaces here" in str(failure)
        note(f"{'SKIPPED' if is_skipped else 'tests/bench/run'}: {failure}")
        return SKIPPED if is_skipped else 1
    if arguments.json:
        print_json(values)
    else:
        print()
        Paper().table(values)
    note(f"measured in {time.monotonic() - start:.0f} s")
    return check_counts(values) if arguments.check_counts else 0


if __name__ == "__main__":
    sys.exit(main())
