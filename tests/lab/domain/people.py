# SPDX-License-Identifier: GPL-3.0-or-later
"""Who lives in LAB.TEST: alice (may enrol, through nested groups), bob (may not),
eva (enrollment agent), helga (helpdesk), and the CA's computer."""

GLOBAL_SECURITY_GROUP = -2147483646
AES128_AND_AES256 = "24"

DESKS = "OU=Desks,OU=Staff"
STAFF = "OU=Staff"
PEOPLE = (("alice", DESKS), ("bob", DESKS), ("eva", STAFF), ("helga", STAFF))

# Members on the right; alice is a Card User only through the nested group.
GROUPS = (
    ("Card Nested", ["alice"]),
    ("Card Users", ["Card Nested"]),
    ("Enrollment Agents", ["eva"]),
    ("Helpdesk", ["helga"]),
)


def create(directory, password):
    samdb = directory.samdb
    samdb.create_ou(f"{STAFF},{directory.base}")
    samdb.create_ou(f"{DESKS},{directory.base}")
    for name, unit in PEOPLE:
        samdb.newuser(
            name,
            password,
            userou=unit,
            givenname=name.capitalize(),
            surname="Lab",
            mailaddress=f"{name}@lab.test",
        )
    for name in [person for person, _ in PEOPLE] + ["Administrator"]:
        samdb.setexpiry(f"(samAccountName={name})", 0, no_expiry_req=True)
    for group, members in GROUPS:
        samdb.newgroup(group, grouptype=GLOBAL_SECURITY_GROUP)
        samdb.add_remove_group_members(group, members)


def create_ca_computer(directory, password):
    """CA1$, under which the CA accepts Kerberos and reads the directory."""
    samdb = directory.samdb
    samdb.newcomputer("CA1")
    samdb.setpassword("(samAccountName=CA1$)", password)
    samdb.setexpiry("(samAccountName=CA1$)", 0, no_expiry_req=True)
    samdb.enable_account("(samAccountName=CA1$)")
    dn = f"CN=CA1,CN=Computers,{directory.base}"
    directory.replace(dn, "dNSHostName", "ca1.lab.test")
    directory.replace(dn, "msDS-SupportedEncryptionTypes", AES128_AND_AES256)
    directory.replace(dn, "servicePrincipalName", ["HTTP/ca1.lab.test", "HOST/ca1.lab.test"])
    samdb.add_remove_group_members("Cert Publishers", ["CA1$"])
