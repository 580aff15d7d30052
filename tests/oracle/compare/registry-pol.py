#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the reader of Registry.pol against Samba's: registry-pol.py PROGRAM [N [SEED]].

Generates N files, packs them by Samba's preg code, and compares what both read out of them; then does the same
with files that were cut or changed: what both read they must read alike. (Which damage is refused differs: Samba
does not look at the separators, and does not mind bytes behind the last instruction.)
"""

import json
import random
import subprocess
import sys

try:
    from samba.dcerpc import preg
    from samba.ndr import ndr_pack, ndr_unpack
except ImportError as problem:
    print(f"skipped: {problem}")
    sys.exit(77)

KEYS = ["Software\\Policies\\Microsoft\\Cryptography\\AutoEnrollment", "Software\\Policies\\Microsoft\\Cryptography",
        "Software\\Policies\\Microsoft\\Cryptography\\PolicyServers\\37c9dc30f207f27f61a2f7c3aed598a6e2920b54",
        "Software\\Ärger\\Größe", "Software\\日本語"]
NAMES = ["AEPolicy", "OfflineExpirationPercent", "**del.AEPolicy", "**delvals.", "**DeleteKeys", "**soft.Cost", "", "Größe",
         "URL", "𝔘nicode"]
SZ, EXPAND, BINARY, DWORD, MULTI, QWORD = 1, 2, 3, 4, 7, 11


def make_entry(rng):
    entry = preg.entry()
    entry.keyname, entry.valuename = rng.choice(KEYS), rng.choice(NAMES)
    entry.type = rng.choice([SZ, EXPAND, BINARY, DWORD, QWORD])
    if entry.type in (SZ, EXPAND):
        entry.data = rng.choice([" ", "LDAP:", "https://ca1/ä", "", "x" * 500])
    elif entry.type == BINARY:
        entry.data = bytes(rng.randrange(256) for _ in range(rng.choice([0, 1, 7, 64])))
    else:
        entry.data = rng.randrange(2 ** (32 if entry.type == DWORD else 64))
    return entry


def make_file(rng):
    file = preg.file()
    file.header.signature, file.header.version = "PReg", 1
    entries = [make_entry(rng) for _ in range(rng.choice([0, 1, 2, 5, 20]))]
    file.num_entries, file.entries = len(entries), entries
    return ndr_pack(file)


def read_by_samba(data):
    try:
        file = ndr_unpack(preg.file, data)
    except Exception:  # pylint: disable=broad-except  (whatever NDR raises means that it refuses)
        return None
    return [(entry.keyname, entry.valuename, entry.type) for entry in file.entries]


def damage(rng, file):
    """Cut somewhere, or with one byte changed."""
    if rng.random() < 0.5:
        return file[:rng.randrange(len(file) + 1)]
    at = rng.randrange(len(file))
    return file[:at] + bytes([rng.randrange(256)]) + file[at + 1:]


def ask(program, files):
    lines = "".join(json.dumps({"hex": file.hex()}) + "\n" for file in files)
    run = subprocess.run([program], input=lines, text=True, capture_output=True, check=True)
    answers = [json.loads(line, strict=False) for line in run.stdout.split("\n") if line]
    assert len(answers) == len(files), run.stderr
    return [None if "error" in answer else [(one["key"], one["value"], one["type"]) for one in answer["records"]]
            for answer in answers]


def main():
    program, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 2000
    rng = random.Random(int(sys.argv[3]) if len(sys.argv) > 3 else 20261122)
    whole = [make_file(rng) for _ in range(number)]
    damaged = [damage(rng, file) for file in whole]
    wrong, records, refused = 0, 0, 0
    for file, ours in zip(whole, ask(program, whole)):
        records += len(ours or [])
        if ours != read_by_samba(file):
            wrong += 1
            print(f"differs: {file.hex()}: Samba {read_by_samba(file)}, ours {ours}")
    for file, ours in zip(damaged, ask(program, damaged)):
        refused += ours is None
        theirs = read_by_samba(file)
        if ours is not None and theirs is not None and ours != theirs:
            wrong += 1
            print(f"differs: {file.hex()}: Samba {theirs}, ours {ours}")
    print(f"{number} files with {records} instructions and {number} damaged ones ({refused} refused): {wrong} differ")
    return 1 if wrong or not records or not refused else 0


if __name__ == "__main__":
    sys.exit(main())
