# SPDX-License-Identifier: GPL-3.0-or-later
"""The lab's sam.ldb, opened without a running server."""

import ldb
from samba.auth import system_session
from samba.dcerpc import security
from samba.ndr import ndr_pack, ndr_unpack
from samba.param import LoadParm
from samba.samdb import SamDB

ENROLL = "0e10c968-78fb-11d2-90d4-00c04f79dc55"
AUTOENROLL = "a05b8cc2-17bc-4802-a710-e7c15ab866a2"
APPLY_GROUP_POLICY = "edacfd8f-ffb3-11d1-b41d-00a0c968f939"
FULL_CONTROL = "CCDCLCSWRPWPDTLOSDRCWDWO"
READ = "LCRPLORC"


class Directory:
    def __init__(self, smb_conf):
        self.lp = LoadParm()
        self.lp.load(smb_conf)
        self.samdb = SamDB(
            url=self.lp.private_path("sam.ldb"), session_info=system_session(), lp=self.lp
        )
        self.base = str(self.samdb.domain_dn())
        self.config = str(self.samdb.get_config_basedn())
        self.services = f"CN=Public Key Services,CN=Services,{self.config}"
        self.domain_sid = security.dom_sid(self.samdb.get_domain_sid())

    def add(self, dn, attributes):
        message = ldb.Message.from_dict(self.samdb, dict(attributes, dn=dn), ldb.FLAG_MOD_ADD)
        self.samdb.add(message)

    def replace(self, dn, attribute, value):
        message = ldb.Message(ldb.Dn(self.samdb, dn))
        message[attribute] = ldb.MessageElement(value, ldb.FLAG_MOD_REPLACE, attribute)
        self.samdb.modify(message)

    def sid_of(self, account):
        found = self.samdb.search(
            self.base, ldb.SCOPE_SUBTREE, f"(sAMAccountName={account})", attrs=["objectSid"]
        )
        return str(ndr_unpack(security.dom_sid, found[0]["objectSid"][0]))

    def security_descriptor(self, sddl):
        return ndr_pack(security.descriptor.from_sddl(sddl, self.domain_sid))
