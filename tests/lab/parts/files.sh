# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# The files under etc/ are written with @DIR@ for the lab's folder.

# fill_in NAME TARGET
fill_in () {
  sed "s|@DIR@|$DIR|g" "$HERE/etc/$1" > "$2"
}
