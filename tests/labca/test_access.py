# SPDX-License-Identifier: GPL-3.0-or-later
"""The right to enroll, decided by Samba's own check, and the CA's walk beside it."""

import itertools
import random
import unittest

from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack

from adcs import access, oids
from fixtures import ALICE, BOB, CARD_USERS, descriptor, enroll_descriptor

ENROLL, AUTO = oids.RIGHT_ENROLL, oids.RIGHT_AUTOENROLL


class AccessTest(unittest.TestCase):
    def test_samba_itself_decides_here(self) -> None:
        self.assertIsNotNone(access.samba_check())

    def test_an_object_ace_grants_its_right_only(self) -> None:
        sd = enroll_descriptor(CARD_USERS)
        self.assertTrue(access.may(sd, [ALICE, CARD_USERS], ENROLL))
        self.assertFalse(access.may(sd, [ALICE, CARD_USERS], AUTO))
        self.assertFalse(access.may(sd, [BOB], ENROLL))

    def test_full_control_grants_both(self) -> None:
        sd = descriptor(f"O:DAG:DAD:(A;;CCDCLCSWRPWPDTLOCRSDRCWDWO;;;{ALICE})")
        self.assertTrue(access.may(sd, [ALICE], ENROLL))
        self.assertTrue(access.may(sd, [ALICE], AUTO))

    def test_a_denial_that_stands_first_wins(self) -> None:
        deny, allow = (f"({kind};;CR;{ENROLL};;{sid})" for kind, sid in
                       (("OD", ALICE), ("OA", CARD_USERS)))
        sids = [ALICE, CARD_USERS]
        self.assertFalse(access.may(descriptor(f"O:DAG:DAD:{deny}{allow}"), sids, ENROLL))
        self.assertTrue(access.may(descriptor(f"O:DAG:DAD:{allow}{deny}"), sids, ENROLL))

    def test_an_empty_list_grants_nothing_and_no_list_everything(self) -> None:
        self.assertFalse(access.may(descriptor("O:DAG:DAD:"), [ALICE], ENROLL))
        open_to_all = ndr_unpack(security.descriptor, descriptor("O:DAG:DA"))
        open_to_all.type |= security.SEC_DESC_DACL_PRESENT
        self.assertTrue(access.may(ndr_pack(open_to_all), [ALICE], ENROLL))

    def test_the_walk_agrees_with_samba_on_hundreds_of_lists(self) -> None:
        check = access.samba_check()
        if check is None:
            self.skipTest("Samba's check cannot be called here")
        dice = random.Random(5)
        parts = [f"({kind};{flags};{rights};{guid};;{sid})" for kind, flags, rights, guid, sid in
                 itertools.product(("OA", "OD"), ("", "CIIO"), ("CR", "RP", "CRRP"),
                                   ("", ENROLL, AUTO), (ALICE, BOB, CARD_USERS))]
        parts += [f"({kind};;{rights};;;{sid})" for kind, rights, sid in
                  itertools.product(("A", "D"), ("CR", "RPLC"), (ALICE, BOB, CARD_USERS))]
        token = access.make_token([ALICE, CARD_USERS])
        for _ in range(600):
            aces = "".join(dice.sample(parts, dice.randint(0, 5)))
            sd = ndr_unpack(security.descriptor, descriptor(f"O:DAG:DAD:{aces}"))
            for right in (ENROLL, AUTO):
                self.assertEqual(access.walk(sd, token, right), check(sd, token, right), aces)


if __name__ == "__main__":
    unittest.main()
