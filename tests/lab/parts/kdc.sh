# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A second KDC, MIT's, which checks what Samba's does not: the purpose of a certificate, and whether it is revoked.
# Its realm is lab.test, spelled as in people's user principal names, for it takes these as they are.

KDC_REALM=lab.test
KDC_HOST=kdc.lab.test
KDC_PEOPLE=(alice bob)

kdc_verb () {
  case ${1:-} in
    up) kdc_make && kdc_stop && kdc_take_revocations && kdc_start && kdc_await ;;
    down) kdc_stop ;;
    *) usage_error "kdc wants one of: up down" ;;
  esac
}

# Runs one of its programs inside, with its configuration.
kdc_program () {
  enter env -i "PATH=$PATH" LC_ALL=C "KRB5_KDC_PROFILE=$HERE/etc/kdc.conf" "$@"
}

# Once per lab: certificate, database and principals. These have no password: only a card logs on.
kdc_make () {
  local person
  [ ! -s "$DIR/kdc/made" ] || return 0
  command -v krb5kdc > /dev/null && command -v kadmin.local > /dev/null ||
    die "MIT's KDC is not installed; run: tests/install-packages"
  rm -rf "$DIR/kdc" && mkdir "$DIR/kdc"
  "$LABCA" kdc-certificate "$DIR/ca" --out "$DIR/kdc" --realm "$KDC_REALM" --host "$KDC_HOST"
  kdc_program kdb5_util -r "$KDC_REALM" -P "$(openssl rand -hex 16)" create -s > "$DIR/log/kdc-make.log" 2>&1 ||
    die "the KDC's database could not be made; see $DIR/log/kdc-make.log"
  for person in "${KDC_PEOPLE[@]}"; do
    kdc_program kadmin.local -r "$KDC_REALM" addprinc -nokey +requires_preauth "$person" >> "$DIR/log/kdc-make.log" 2>&1 ||
      die "$person could not be added to the KDC; see $DIR/log/kdc-make.log"
  done
  echo yes > "$DIR/kdc/made"
}

# It reads the CA's list when it starts, and only then; and of one name only one list, which is that of the newest key.
kdc_take_revocations () {
  local list
  list=$(ls -v "$DIR"/ca/LAB-CA\(*\).crl 2> /dev/null | tail -n 1)
  openssl crl -inform DER -in "${list:-$DIR/ca/LAB-CA.crl}" -out "$DIR/kdc/revoked.pem"
}

kdc_start () {
  service start kdc "$DIR/log/kdc.log" env -i "PATH=$PATH" LC_ALL=C "KRB5_KDC_PROFILE=$HERE/etc/kdc.conf" krb5kdc -n -r "$KDC_REALM"
}

kdc_await () {
  enter bash -c '
    for _ in $(seq 2400); do
      (: < /dev/tcp/127.0.0.11/88) 2> /dev/null && exit 0
      kill -0 "$(cat /run/lab/kdc.pid)" 2> /dev/null || exit 1
      sleep 0.05
    done
    exit 1' || die "the KDC did not start; see $DIR/log/kdc.log"
}

kdc_stop () {
  service stop kdc
}
