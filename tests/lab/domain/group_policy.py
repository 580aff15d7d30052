# SPDX-License-Identifier: GPL-3.0-or-later
"""One Group Policy object, linked to OU=Staff: users enrol, renew and fetch pending certificates by themselves."""

import os

from samba.dcerpc import preg
from samba.ndr import ndr_pack

from directory import APPLY_GROUP_POLICY, FULL_CONTROL, READ

GUID = "{3F2504E0-4F89-41D3-9A0C-0305E82C3301}"
NAME = "Certificate autoenrollment"
REGISTRY_EXTENSION = "[{35378EAC-683F-11D2-A89A-00C04FBBCFA2}{D02B1F73-3407-48AE-BA88-E8213C6761F1}]"
USER_VERSION_1 = "65536"
KEY = "Software\\Policies\\Microsoft\\Cryptography\\AutoEnrollment"
REG_SZ, REG_DWORD = 1, 4
VALUES = (
    ("AEPolicy", REG_DWORD, 7),
    ("OfflineExpirationPercent", REG_DWORD, 10),
    ("OfflineExpirationStoreNames", REG_SZ, "MY"),
)


def registry_pol():
    entries = []
    for name, kind, data in VALUES:
        entry = preg.entry()
        entry.keyname, entry.valuename, entry.type, entry.data = KEY, name, kind, data
        entries.append(entry)
    policy = preg.file()
    policy.header.signature = "PReg"
    policy.header.version = 1
    policy.num_entries = len(entries)
    policy.entries = entries
    return ndr_pack(policy)


def create(directory):
    domain = directory.lp.get("realm").lower()
    dn = f"CN={GUID},CN=Policies,CN=System,{directory.base}"
    create_container(directory, dn, domain)
    directory.replace(f"OU=Staff,{directory.base}", "gPLink", f"[LDAP://{dn};0]")
    write_files(f"{directory.lp.get('path', 'sysvol')}/{domain}/Policies/{GUID}")


def create_container(directory, dn, domain):
    full = "".join(f"(A;CI;{FULL_CONTROL};;;{who})" for who in ("DA", "EA", "SY"))
    directory.add(
        dn,
        {
            "objectClass": ["top", "container", "groupPolicyContainer"],
            "displayName": NAME,
            "flags": "0",
            "versionNumber": USER_VERSION_1,
            "gPCFunctionalityVersion": "2",
            "gPCFileSysPath": f"\\\\{domain}\\sysvol\\{domain}\\Policies\\{GUID}",
            "gPCUserExtensionNames": REGISTRY_EXTENSION,
            "nTSecurityDescriptor": directory.security_descriptor(
                f"O:DAG:DAD:P{full}(A;CI;{READ};;;AU)(OA;CI;CR;{APPLY_GROUP_POLICY};;AU)(A;CI;{READ};;;ED)"
            ),
        },
    )
    for half in ("User", "Machine"):
        directory.add(f"CN={half},{dn}", {"objectClass": ["top", "container"]})


def write_files(folder):
    for half in ("User", "Machine"):
        os.makedirs(f"{folder}/{half}", 0o755)
    with open(f"{folder}/GPT.INI", "w", encoding="ascii", newline="") as ini:
        ini.write(f"[General]\r\nVersion={USER_VERSION_1}\r\n")
    with open(f"{folder}/User/Registry.pol", "wb") as pol:
        pol.write(registry_pol())
