# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk whose administrator makes Group Policy, with samba-tool and over LDAP and SMB. For the tests beside it."""

import os
import re
import sys

from desk import HERE, Desk

sys.path.insert(0, os.path.join(HERE, "..", "lab", "domain"))
from group_policy import KEY, REG_DWORD, REGISTRY_EXTENSION  # noqa: E402
from samba.dcerpc import preg  # noqa: E402
from samba.ndr import ndr_pack  # noqa: E402

DOMAIN, STAFF, DESKS = "DC=lab,DC=test", "OU=Staff,DC=lab,DC=test", "OU=Desks,OU=Staff,DC=lab,DC=test"
SITE = "CN=Default-First-Site-Name,CN=Sites,CN=Configuration,DC=lab,DC=test"
DEFAULT_DOMAIN_POLICY = "{31B2F340-016D-11D2-945F-00C04FB984F9}"
SYSVOL = "dc/state/sysvol/lab.test/Policies"
SAMBA_TOOL = os.path.join(HERE, "..", "lab", "domain", "samba-tool")
LDAP = ["-Q", "-Y", "GSSAPI", "-H", "ldap://dc1.lab.test"]
ENROLL, MANAGE, PENDING, DISABLED = 1, 2, 4, 0x8000
ALL = ENROLL | MANAGE | PENDING


def dn_of(guid):
    return f"CN={guid},CN=Policies,CN=System,{DOMAIN}"


def link(guid, options=0):
    return f"[LDAP://{dn_of(guid)};{options}]"


def registry_pol(values):
    """VALUES are (key, name, type, data)."""
    file = preg.file()
    file.header.signature, file.header.version = "PReg", 1
    entries = []
    for key, name, kind, data in values:
        entry = preg.entry()
        entry.keyname, entry.valuename, entry.type, entry.data = key, name, kind, data
        entries.append(entry)
    file.num_entries, file.entries = len(entries), entries
    return ndr_pack(file)


class GroupPolicyDesk(Desk):
    """Two objects, "Cards" and "Other", that say nothing and are linked nowhere at the beginning of each test."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.guids = {name: cls.create(name) for name in ("Cards", "Other")}

    def setUp(self):
        super().setUp()
        nothing = {"gPLink": None, "gPOptions": None}
        plain = {"flags": "0", "gPCWQLFilter": None, "versionNumber": "65537",
                 "gPCUserExtensionNames": REGISTRY_EXTENSION, "gPCMachineExtensionNames": REGISTRY_EXTENSION}
        guids = [DEFAULT_DOMAIN_POLICY, *self.guids.values()]
        self.modify({scope: nothing for scope in (DOMAIN, STAFF, DESKS, SITE)} | {dn_of(guid): plain for guid in guids})
        for guid in guids:
            self.write(guid)
            self.write(guid, half="Machine")

    # What an administrator does.

    @classmethod
    def admin(cls, *command, **options):
        return cls.lab("run", "--user", "administrator", "--", *command, **options)

    @classmethod
    def create(cls, name):
        said = cls.admin(SAMBA_TOOL, "gpo", "create", name, "-H", "ldap://dc1.lab.test", "--use-kerberos=required")
        return re.search(r"\{[0-9A-F-]+\}", said).group()

    @classmethod
    def modify(cls, objects):
        """{dn: {attribute: value}}; a value of None is none."""
        ldif = ""
        for dn, values in objects.items():
            ldif += f"dn: {dn}\nchangetype: modify\n"
            for name, value in values.items():
                ldif += f"replace: {name}\n" + (f"{name}: {value}\n" if value is not None else "") + "-\n"
            ldif += "\n"
        cls.admin("ldapmodify", *LDAP, input=ldif)

    @classmethod
    def set(cls, dn, **values):
        cls.modify({dn: values})

    @classmethod
    def write(cls, guid, policy=None, more=(), half="User"):
        """Registry.pol of a GPO, with AEPolicy and MORE values; without any it says nothing."""
        values = ([(KEY, "AEPolicy", REG_DWORD, policy)] if policy is not None else []) + list(more)
        folder = next((os.path.join(cls.folder_of(guid), name) for name in (half, half.upper())
                       if os.path.isdir(os.path.join(cls.folder_of(guid), name))), os.path.join(cls.folder_of(guid), half))
        os.makedirs(folder, exist_ok=True)
        with open(os.path.join(folder, "Registry.pol"), "wb") as file:
            file.write(registry_pol(values))

    @classmethod
    def folder_of(cls, guid):
        return os.path.join(cls.folder, SYSVOL, guid)

    def link(self, scope, *links, block=False):
        self.set(scope, gPLink="".join(links) or None, gPOptions="1" if block else None)

    def grant_apply(self, dn, group, readers="AU"):
        """The right to apply it to GROUP alone."""
        script = f"""
from samba.auth import system_session
from samba.credentials import Credentials
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB
import ldb
lp = LoadParm(); lp.load_default()
credentials = Credentials(); credentials.guess(lp); credentials.set_kerberos_state(2)
samdb = SamDB(url="ldap://dc1.lab.test", lp=lp, credentials=credentials)
sid = ndr_unpack(security.dom_sid, samdb.search(expression="(sAMAccountName={group})", attrs=["objectSid"])[0]["objectSid"][0])
sddl = f"O:DAG:DAD:P(A;CI;CCDCLCSWRPWPDTLOSDRCWDWO;;;DA)(A;CI;LCRPLORC;;;{readers})(OA;CI;CR;edacfd8f-ffb3-11d1-b41d-00a0c968f939;;{{sid}})"
message = ldb.Message(ldb.Dn(samdb, "{dn}"))
value = ndr_pack(security.descriptor.from_sddl(sddl, security.dom_sid(samdb.get_domain_sid())))
message["sd"] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, "nTSecurityDescriptor")
samdb.modify(message)
"""
        self.admin("/usr/bin/python3", "-c", script)
