# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The domain controller: a real Samba, provisioned once and kept as a tarball in build/lab.

DC_FOLDERS=(etc private state cache lock run ncalrpc ntp_signd bind-dns tls)

dc_tarball () {
  local key
  key=$(cd "$HERE" && cat domain/* etc/smb-dc.conf etc/krb5-dc.conf parts/dc.sh <(samba --version) | sha256sum)
  echo "$LAB_CACHE/domain-${key:0:16}.tar.zst"
}

# Makes the tarball unless it is there; two at once do it once.
dc_build () {
  local tarball
  tarball=$(dc_tarball)
  [ ! -s "$tarball" ] || return 0
  mkdir -p "$LAB_CACHE" || die "cannot write $LAB_CACHE; set CARDENROLL_LAB_CACHE to a folder of yours"
  (
    flock 9
    [ -s "$tarball" ] || dc_make "$tarball"
  ) 9> "$LAB_CACHE/lock" || die "the domain could not be provisioned; see $LAB_CACHE/provision.log"
}

dc_make () {
  local tarball=$1 DIR
  note "provisioning LAB.TEST (once; kept in $LAB_CACHE)"
  DIR=$(mktemp -d "$LAB_CACHE/new.XXXXXX")
  (
    set -e
    mkdir -p "$DIR/log" "$DIR/ca"
    (umask 077; echo "$LAB_PASSWORD" > "$DIR/password")
    dc_configure
    dc_provision
    tar -C "$DIR" --exclude='*/ldapi' -c password ca dc/etc dc/private dc/state dc/tls dc/bind-dns |
      zstd -q -3 -f -o "$tarball.new"
    mv "$tarball.new" "$tarball"
  ) 9>&- > "$LAB_CACHE/provision.log" 2>&1 || { rm -rf "$DIR"; return 1; }
  rm -rf "$DIR"
}

dc_configure () {
  (cd "$DIR" && mkdir -p log "${DC_FOLDERS[@]/#/dc/}")
  fill_in smb-dc.conf "$DIR/dc/etc/smb.conf"
  fill_in krb5-dc.conf "$DIR/dc/etc/krb5.conf"
}

# Runs in a network namespace without any network: nothing here needs a running server.
dc_provision () {
  local alone=(unshare --net)
  [ "$EUID" = 0 ] || alone+=(--user --map-root-user)
  ca_setup
  env -i "PATH=$PATH" LC_ALL=C TDB_NO_FSYNC=1 PYTHONDONTWRITEBYTECODE=1 "${alone[@]}" bash -euxc '
    conf=$1/dc/etc/smb.conf
    here=$2
    "$here/domain/samba-tool" domain provision -s "$conf" --realm=LAB.TEST --domain=LAB --server-role=dc \
      --host-name=dc1 --host-ip=127.0.0.10 --dns-backend=SAMBA_INTERNAL --adminpass="$(cat "$1/password")"
    samba_spnupdate -s "$conf"
    "$here/domain/fill" "$conf" "$1/password" "$1/dc/tls/ca.der"
    "$here/domain/samba-tool" domain exportkeytab "$1/ca/http.keytab" --principal=HTTP/ca1.lab.test -s "$conf"
    "$here/domain/samba-tool" domain exportkeytab "$1/ca/http.keytab" --principal="CA1\$" -s "$conf"
    chmod -R a+rX "$1/dc/state/sysvol"
  ' provision "$DIR" "$HERE"
}

dc_unpack () {
  [ ! -s "$DIR/dc/private/sam.ldb" ] || return 0
  zstd -dc "$(dc_tarball)" | tar -C "$DIR" --no-same-owner -x
}

dc_start () {
  service alive samba && return 0
  rm -f "$DIR"/dc/run/*.pid
  service start samba "$DIR/log/samba.log" env -i "PATH=$PATH" LC_ALL=C TDB_NO_FSYNC=1 \
    "KRB5_CONFIG=$DIR/dc/etc/krb5.conf" LD_PRELOAD=libuid_wrapper.so UID_WRAPPER=1 UID_WRAPPER_ROOT=1 \
    samba -i -M single -s "$DIR/dc/etc/smb.conf" --debug-stdout
}

dc_await () {
  enter bash -c '
    for _ in $(seq 300); do
      [ -S /run/samba/winbindd/pipe ] &&
        (for port in 53 88 389 445; do : < "/dev/tcp/127.0.0.10/$port" || exit 1; done) 2>/dev/null && exit 0
      kill -0 "$(cat /run/lab/samba.pid)" 2>/dev/null || exit 1
      sleep 0.05
    done
    exit 1' || die "the domain controller did not start; see $DIR/log/samba.log"
}

dc_stop () {
  service stop samba
}
