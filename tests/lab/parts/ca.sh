# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The certification authority, tests/labca. It also makes the domain controller's certificate.

LABCA=$TOP/tests/labca/labca

# Only what comes before the domain; its keytab is made with the domain.
ca_setup () {
  "$LABCA" setup "$1/ca"
}

ca_start () {
  ! service alive ca || return 0
  rm -f "$DIR/log/ca.log" "$DIR/ca/control"
  service start ca "$DIR/log/ca.log" env -i "PATH=$PATH" LC_ALL=C.UTF-8 HOME=/run/lab \
    "$LABCA" serve --dir /run/lab/dir/ca --conf "$HERE/etc/labca.conf"
}

ca_await () {
  await_service ca grep -qsx ready "$DIR/log/ca.log" || die "the CA did not start; see $DIR/log/ca.log"
}

ca_verb () {
  [ $# -gt 0 ] || usage_error "ca wants one of: list approve deny revoke renew down up fault"
  enter "$LABCA" ctl --dir /run/lab/dir/ca "$@"
  [ "$1" != renew ] || { ca_publish && ca_trust; }
}

# KDCs know whom they trust from their start on.
ca_trust () {
  enter "$HERE/trust" /run/lab/dir
  ! service alive samba || { dc_stop && dc_start && dc_await; }
  ! service alive kdc || kdc_verb up
}

# What a CA does after its renewal: the directory gets the new certificate beside the old ones.
ca_publish () {
  local services="CN=Public Key Services,CN=Services,CN=Configuration,DC=lab,DC=test" newest name
  newest=$(ls -v "$DIR"/ca/ca-*.pem | tail -n 1)
  for name in "replace CN=LAB-CA,CN=Enrollment Services" "add CN=NTAuthCertificates" "add CN=LAB-CA,CN=AIA" \
    "add CN=LAB-CA,CN=Certification Authorities"; do
    printf 'dn: %s,%s\nchangetype: modify\n%s: cACertificate\ncACertificate:: %s\n\n' "${name#* }" "$services" "${name%% *}" \
      "$(openssl x509 -in "$newest" -outform DER | base64 -w 0)"
  done | (verb_run --user administrator -- ldapmodify -Q -Y GSSAPI -H ldap://dc1.lab.test > /dev/null)
}
