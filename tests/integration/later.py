# SPDX-License-Identifier: GPL-3.0-or-later
"""A desk at which time passes in a moment: for the CA, and for cardenroll. For the tests beside it."""

import base64
import os

from desk import Desk

DAY = 24 * 3600
CONFIGURATION = "CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test"
ALICE = "CN=alice,OU=Desks,OU=Staff,DC=lab,DC=test"
TEMPLATES = f"CN=Certificate Templates,{CONFIGURATION}"


class LaterDesk(Desk):

    def setUp(self):
        super().setUp()
        # The domain controller's clock cannot be moved, so it would refuse certificates of the future.
        self.configure("[logon]\ntrial=no\n")
        self.ahead = 0

    def clear(self):
        self.lab("ca", "clock", "0")
        super().clear()

    def pass_days(self, days):
        self.ahead += days * DAY
        self.lab("ca", "clock", str(self.ahead))

    def cardenroll(self, *arguments, options=(), **more):
        return super().cardenroll(*arguments, options=["--env", f"CARDENROLL_CLOCK_AHEAD={self.ahead}", *options], **more)

    def certificates(self):
        status = self.cardenroll("status", "--json").json
        return [c for reader in status["readers"] for c in reader.get("certificates", [])]

    def plan(self):
        return [(a["action"], a["because"]) for a in self.cardenroll("plan", "--json").json["actions"]]

    def objects(self):
        card = self.card()
        return len(card["files"]) + len(card["keys"])

    def signatures(self, reader="0"):
        """How often the card has signed: SmartCard-HSM's command 80 68."""
        with open(os.path.join(self.folder, f"log/slot-{reader}.trace"), encoding="ascii") as trace:
            return sum(line.split()[1:4] == [">", "80", "68"] for line in trace)

    def attributes(self, dn, *skipped):
        """Those of an object in the directory that a copy of it can have, as LDIF lines."""
        found = self.run_as("administrator", "ldapsearch", "-Q", "-LLL", "-o", "ldif-wrap=no", "-Y", "GSSAPI", "-H",
                            "ldap://dc1.lab.test", "-b", dn, "-E", "!1.2.840.113556.1.4.801=::MAMCAQc=", "*", "nTSecurityDescriptor")
        own = ("dn", "cn", "name", "distinguishedName", "displayName", "objectGUID", "objectCategory", "instanceType", "whenCreated",
               "whenChanged", "uSNCreated", "uSNChanged", "dSCorePropagationData", "showInAdvancedViewOnly", *skipped)
        lines = [line for line in found.out.splitlines() if line and not line.startswith("#")]
        return [line for line in lines if line.split(":")[0] not in own], lines

    def copy_template(self, name, copy, superseding=True, authority="LAB-CA"):
        """COPY is as NAME, supersedes it, and the CA issues it, too."""
        kept, lines = self.attributes(f"CN={name},{TEMPLATES}", "msPKI-Cert-Template-OID", "msPKI-Supersede-Templates")
        oid = next(line.split()[1] for line in lines if line.startswith("msPKI-Cert-Template-OID"))
        self.change_directory("\n".join([
            f"dn: CN={copy},{TEMPLATES}", "changetype: add", f"cn: {copy}", f"displayName: {copy}", *kept,
            f"msPKI-Cert-Template-OID: {oid}.1", *([f"msPKI-Supersede-Templates: {name}"] if superseding else []), "",
            f"dn: CN={authority},CN=Enrollment Services,{CONFIGURATION}", "changetype: modify", "add: certificateTemplates",
            f"certificateTemplates: {copy}", ""]))

    def add_authority(self, name, url):
        """One that issues nothing yet, by the same certificate as the lab's, and is asked at URL."""
        kept, _ = self.attributes(f"CN=LAB-CA,CN=Enrollment Services,{CONFIGURATION}", "certificateTemplates",
                                  "msPKI-Enrollment-Servers")
        servers = base64.b64encode(f"1\n2\n0\n{url}\n0".encode()).decode()
        self.change_directory("\n".join([
            f"dn: CN={name},CN=Enrollment Services,{CONFIGURATION}", "changetype: add", f"cn: {name}", f"displayName: {name}",
            *kept, f"msPKI-Enrollment-Servers:: {servers}", ""]))
