# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# pcscd with two virtual readers, and the cards in software that go into them.

VPCD_PORT=35963

pcscd_start () {
  local options=()
  ! service alive pcscd || return 0
  ! pcscd --help 2>&1 | grep -q -- --disable-polkit || options+=(--disable-polkit)
  service start pcscd "$DIR/log/pcscd.log" env -i "PATH=$PATH" LC_ALL=C pcscd --foreground "${options[@]}"
}

pcscd_await () {
  enter bash -c '
    for _ in $(seq 6000); do
      [ -S /run/pcscd/pcscd.comm ] && { [ ! -e /etc/reader.conf.d/vpcd ] || ss -Hltn "sport = :$1" | grep -q .; } && exit 0
      kill -0 "$(cat /run/lab/pcscd.pid)" 2>/dev/null || exit 1
      sleep 0.02
    done
    exit 1' await "$VPCD_PORT" || die "pcscd did not start; see $DIR/log/pcscd.log"
}

# Its readers are fixed when it starts. Without any it is as if they were unplugged.
pcscd_readers () {
  case ${1:-} in
    '') enter cp "$HERE/etc/vpcd.conf" /etc/reader.conf.d/vpcd ;;
    --no-readers) enter rm -f /etc/reader.conf.d/vpcd ;;
    *) usage_error "pcscd start has no option '$1'" ;;
  esac
}

pcscd_verb () {
  case ${1:-} in
    start) pcscd_readers "${@:2}" && pcscd_start && pcscd_await ;;
    stop) service stop pcscd ;;
    kill) service stop pcscd KILL && enter rm -f /run/pcscd/pcscd.comm /run/pcscd/pcscd.pid ;;
    *) usage_error "pcscd wants one of: stop start kill" ;;
  esac
}

# Accepts 0, 1 or pcscd's name of the reader; prints the number.
reader_number () {
  case ${1:-0} in
    0 | 'Virtual PCD 00 00') echo 0 ;;
    1 | 'Virtual PCD 00 01') echo 1 ;;
    *) usage_error "there is no reader '$1'; the readers are 0 and 1" ;;
  esac
}

# Speaks to the slot in which a card may be: vcardctl's commands.
slot () {
  local reader=$1
  shift
  enter "$(program vcardctl)" "/run/lab/slot-$reader" "$@"
}

slot_start () {
  local reader=$1
  ! service alive "slot-$reader" || return 0
  service start "slot-$reader" "$DIR/log/slot-$reader.log" "$(program vcard)" --ejected --port $((VPCD_PORT + reader)) \
    --control "/run/lab/slot-$reader" --trace "$DIR/log/slot-$reader.trace"
  await_service "slot-$reader" slot_answers "$reader" || die "the card's program did not start; see $DIR/log/slot-$reader.log"
}

slot_answers () {
  slot "$1" apdus > /dev/null 2>&1
}

card_is_in () {
  service alive "slot-$1" && [[ "$(slot "$1" state)" == *'"inserted":true'* ]]
}

card_is_out () {
  ! card_is_in "$1" || die "there is a card in reader $1 already; pull it with: lab remove $DIR $1"
}

# card_insert READER CARD-FILE
card_insert () {
  local reader=$1 file=$2
  service alive pcscd || die "pcscd does not run in this lab; start it with: lab pcscd $DIR start"
  slot_start "$reader"
  card_is_out "$reader"
  slot "$reader" swap "$file" || die "reader $reader does not take the card in $file"
  echo "$file" > "$DIR/cards/reader-$reader"
  card_is_seen "$reader"
}

# pcscd itself misses an insertion now and then, and then nobody can know of it: once more.
card_is_seen () {
  local reader=$1
  for _ in 1 2; do
    ! enter "$HERE/readers" await "$reader" present 2> /dev/null || return 0
    slot "$reader" eject && enter "$HERE/readers" await "$reader" empty && slot "$reader" insert
  done
  enter "$HERE/readers" await "$reader" present
}

card_remove () {
  local reader=$1
  card_is_in "$reader" || die "there is no card in reader $reader"
  slot "$reader" eject
  ! service alive pcscd || enter "$HERE/readers" await "$reader" empty
}

# An initialised card without keys or certificates: what a person is handed.
card_make () {
  local file=$1 label=$2 serial=$3
  rm -f "$file"
  "$(program vcard)" --make "$file" --serial "$serial" --label "$label" --pin-file "$DIR/cards/pins"
}

# The file of the card that was last in this reader.
card_file () {
  [ -s "$DIR/cards/reader-$1" ] || die "no card was ever in reader $1; make one with: lab insert $DIR $1 --blank"
  cat "$DIR/cards/reader-$1"
}

card_new_serial () {
  local n
  n=$(($(cat "$DIR/cards/count" 2>/dev/null || echo 0) + 1))
  echo "$n" > "$DIR/cards/count"
  printf 'LABCARD%04d' "$n"
}
