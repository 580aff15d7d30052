#!/usr/bin/python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the access check against Samba's own, as its domain controller does it: access-check.py PROGRAM [N [SEED]].

Generates N security descriptors and tokens (object ACEs, deny, inherit-only, any order, every ACE type) and asks
both. Where the two are known to differ, docs/adr/0010 says why, and those cases are counted apart.
"""

import json
import os
import random
import struct
import subprocess
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "labca"))
try:
    from adcs import access
    from samba.dcerpc import security
    from samba.ndr import ndr_pack, ndr_unpack
except ImportError as problem:
    print(f"skipped: {problem}")
    sys.exit(77)

RIGHTS = ["0e10c968-78fb-11d2-90d4-00c04f79dc55", "a05b8cc2-17bc-4802-a710-e7c15ab866a2",
          "edacfd8f-ffb3-11d1-b41d-00a0c968f939", "00299570-246d-11d0-a768-00aa006e0529"]
DOMAIN = "S-1-5-21-1111111111-2222222222-3333333333"
SIDS = [f"{DOMAIN}-{rid}" for rid in (500, 512, 513, 1103, 1104, 1105, 1106, 2001)] + [
    "S-1-1-0", "S-1-5-11", "S-1-5-10", "S-1-5-32-545", "S-1-3-0", "S-1-5-18"]
MASKS = [0x100, 0x130, 0xf01ff, 0x20094, 0x30, 0x10, 0x1, 0x40000, 0x000f01ff & ~0x100, 0x100 | 0x20000]
ALLOW, DENY, ALLOW_OBJECT, DENY_OBJECT = 0, 1, 5, 6
CALLBACK_ALLOW, CALLBACK_DENY, CALLBACK_ALLOW_OBJECT, CALLBACK_DENY_OBJECT = 9, 10, 11, 12
OTHERS = [2, 3, 7, 8, 13, 14, 15, 16, 17]  # not 18: later Samba reads its resource attributes and wants them well made
CONDITIONAL = {CALLBACK_ALLOW, CALLBACK_DENY, CALLBACK_ALLOW_OBJECT, CALLBACK_DENY_OBJECT}
OBJECT = {5, 6, 7, 8, 11, 12, 15, 16}


def sid(text):
    return ndr_pack(security.dom_sid(text))


def guid(text):
    a, b, c, d, e = text.split("-")
    return struct.pack("<IHH", int(a, 16), int(b, 16), int(c, 16)) + bytes.fromhex(d + e)


def make_ace(rng, kinds):
    kind = rng.choice(kinds)
    body = struct.pack("<I", rng.choice(MASKS))
    if kind in OBJECT:
        flags = rng.choice([0, 1, 1, 1, 2, 3])
        body += struct.pack("<I", flags)
        body += guid(rng.choice(RIGHTS)) if flags & 1 else b""
        body += guid(rng.choice(RIGHTS)) if flags & 2 else b""
    body += sid(rng.choice(SIDS))
    if kind in CONDITIONAL:
        body += rng.choice([b"", b"artx" + bytes(4), b"\xf8" + bytes(7)])
    flags = rng.choice([0, 0, 0, 0, 0x10, 0x08, 0x18, 0x02, 0x0a])
    return kind, struct.pack("<BBH", kind, flags, 4 + len(body)) + body


def make_case(rng, kinds):
    aces = [make_ace(rng, kinds) for _ in range(rng.choice([0, 1, 1, 2, 3, 4, 6, 9, 14]))]
    body = b"".join(ace for _, ace in aces)
    acl = struct.pack("<BBHHH", 4, 0, 8 + len(body), len(aces), 0) + body
    owner, group = sid(SIDS[0]), sid(SIDS[1])
    control = 0x8004 if rng.random() < 0.97 else 0x8000
    at = 20 + len(acl)
    descriptor = struct.pack("<BBHIIII", 1, 0, control, at, at + len(owner), 0, 20 if control & 4 else 0) + acl
    descriptor += owner + group
    held = rng.sample(SIDS, rng.randint(1, 6))
    return {"sd": descriptor.hex(), "sids": held, "right": rng.choice(RIGHTS)}


def generate(rng, number):
    plain = [ALLOW, DENY, ALLOW_OBJECT, DENY_OBJECT, ALLOW_OBJECT, ALLOW_OBJECT]
    every = plain + OTHERS + [CALLBACK_ALLOW, CALLBACK_ALLOW_OBJECT, CALLBACK_DENY, CALLBACK_DENY_OBJECT]
    return [make_case(rng, plain if i % 2 else every) for i in range(number)]


def ask_samba(check, case):
    descriptor = ndr_unpack(security.descriptor, bytes.fromhex(case["sd"]))
    return check(descriptor, access.make_token(case["sids"]), case["right"])


def types_up_to(case, last):
    """The types of the ACEs up to and with number `last`."""
    data, at, types = bytes.fromhex(case["sd"]), 28, []
    for _ in range(last + 1):
        types.append(data[at])
        at += struct.unpack_from("<H", data, at + 2)[0]
    return types


def is_explained(case, answer):
    """No access control list at all, or an entry with a condition on the way: all of those here are malformed."""
    if answer["ace"] is None:
        return answer["by"] == "no-dacl"
    return bool(CONDITIONAL & set(types_up_to(case, answer["ace"])))


def main():
    program, number = sys.argv[1], int(sys.argv[2]) if len(sys.argv) > 2 else 4000
    seed = int(sys.argv[3]) if len(sys.argv) > 3 else 20261122
    check = access.samba_check()
    if check is None:
        print("skipped: Samba's sec_access_check_ds cannot be called here")
        return 77
    cases = generate(random.Random(seed), number)
    run = subprocess.run([program], input="".join(json.dumps(case) + "\n" for case in cases), text=True,
                         capture_output=True, check=True)
    answers = [json.loads(line) for line in run.stdout.splitlines()]
    assert len(answers) == len(cases), run.stderr
    agreed, explained, granted, wrong = 0, 0, 0, 0
    for case, answer in zip(cases, answers):
        theirs = ask_samba(check, case)
        if answer.get("error") is None and answer["granted"] == theirs:
            agreed += 1
            granted += theirs
        elif answer.get("error") is None and is_explained(case, answer):
            explained += 1
        else:
            wrong += 1
            print(f"differs: Samba {theirs}, ours {answer}: {json.dumps(case)}")
    print(f"{agreed} of {number} agree with Samba ({granted} granted), "
          f"{explained} differ as docs/adr/0010 says, {wrong} differ otherwise")
    return 1 if wrong or agreed < number // 2 or not granted else 0


if __name__ == "__main__":
    sys.exit(main())
