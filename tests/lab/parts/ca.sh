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
  await 200 grep -qsx ready "$DIR/log/ca.log" || die "the CA did not start; see $DIR/log/ca.log"
}

ca_verb () {
  [ $# -gt 0 ] || usage_error "ca wants one of: list approve deny revoke down up fault"
  enter "$LABCA" ctl --dir /run/lab/dir/ca "$@"
}
