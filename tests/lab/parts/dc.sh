# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The domain controller: a real Samba, provisioned once and kept as a tarball in build/lab.

DC_FOLDERS=(private state cache lock run ncalrpc ntp_signd bind-dns)

# Named after everything that went into it.
dc_tarball () {
  local key
  key=$(cd "$HERE" && cat domain/fill domain/make domain/samba-tool domain/*.py etc/smb-dc.conf etc/krb5-dc.conf "$TOP"/tests/labca/adcs/setup.py \
    <(samba --version) | sha256sum)
  echo "$LAB_CACHE/domain-${key:0:16}.tar.zst"
}

# Makes the tarball unless it is there; two at once do it once.
dc_build () {
  local tarball
  tarball=$(dc_tarball)
  [ ! -s "$tarball" ] || return 0
  mkdir -p "$LAB_CACHE" && touch "$LAB_CACHE/lock" 2>/dev/null ||
    die "cannot write $LAB_CACHE; set CARDENROLL_LAB_CACHE to a folder of yours"
  (
    flock 9
    [ -s "$tarball" ] || dc_make "$tarball" 9>&-
  ) 9> "$LAB_CACHE/lock" || die "the domain could not be provisioned; see $LAB_CACHE/provision.log"
}

# Tarballs of other versions stay for a week: a lab that is coming up elsewhere may be about to unpack one.
dc_make () {
  local tarball=$1 new
  note "provisioning LAB.TEST (once; kept in $LAB_CACHE)"
  rm -rf "$LAB_CACHE"/new.*
  new=$(mktemp -d "$LAB_CACHE/new.XXXXXX")
  dc_provision "$new" > "$LAB_CACHE/provision.log" 2>&1 || { rm -rf "$new"; return 1; }
  find "$LAB_CACHE" -maxdepth 1 -name 'domain-*' -mtime +7 -delete
  tar -C "$new" --exclude='*/ldapi' -c . | zstd -q -3 -f -o "$tarball.new"
  mv "$tarball.new" "$tarball"
  rm -rf "$new"
}

# Nothing here needs a running server or a network.
dc_provision () {
  local ret_unshare
  space_unshare_command
  mkdir "$1/ca" "$1/dc" "${DC_FOLDERS[@]/#/$1/dc/}" &&
    (umask 077; echo "$LAB_PASSWORD" > "$1/password") &&
    ca_setup "$1" &&
    env -i "PATH=$PATH" LC_ALL=C TDB_NO_FSYNC=1 PYTHONDONTWRITEBYTECODE=1 \
      "${ret_unshare[@]}" "$HERE/domain/make" "$1" "$HERE/etc/smb-dc.conf"
}

dc_unpack () {
  mkdir -p "${DC_FOLDERS[@]/#/$DIR/dc/}"
  [ ! -s "$DIR/dc/private/sam.ldb" ] || return 0
  zstd -dc "$(dc_tarball)" | tar -C "$DIR" --no-same-owner -x
}

dc_start () {
  ! service alive samba || return 0
  rm -f "$DIR"/dc/run/*.pid
  service start samba "$DIR/log/samba.log" env -i "PATH=$PATH" LC_ALL=C TDB_NO_FSYNC=1 \
    "KRB5_CONFIG=$HERE/etc/krb5-dc.conf" LD_PRELOAD=libuid_wrapper.so UID_WRAPPER=1 UID_WRAPPER_ROOT=1 \
    samba -i -M single -s "$HERE/etc/smb-dc.conf" --debug-stdout
}

dc_await () {
  enter bash -c '
    for _ in $(seq 2400); do
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
