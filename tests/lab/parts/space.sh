# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck shell=bash
# A lab's private namespaces: network, mounts, processes and, for an ordinary user, a user namespace in which
# everybody is uid 0. The file DIR/pid names the unshare process that holds them; with it everything ends.

# Prints the holder's pid, or fails when this lab is not up.
space_holder () {
  local pid
  [ -s "$DIR/pid" ] || return 1
  pid=$(cat "$DIR/pid")
  tr '\0' '\n' 2>/dev/null < "/proc/$pid/cmdline" | grep -qxF -- "$DIR" || return 1
  echo "$pid"
}

space_is_up () {
  [ "${CARDENROLL_LAB:-}" = "$DIR" ] || space_holder > /dev/null
}

space_needed () {
  space_is_up || die "the lab in $DIR is not up; start it with: lab up $DIR"
}

# The words in front of a command that is to run in new namespaces, in the array ret_unshare.
space_unshare_command () {
  ret_unshare=(unshare --net --mount --pid --fork --kill-child=KILL --mount-proc)
  if [ "$EUID" != 0 ]; then
    ret_unshare+=(--user --map-root-user)
  elif ! mountpoint -q /; then
    ret_unshare+=(--propagation unchanged "$HERE/detach")
  fi
}

space_check () {
  local ret_unshare reason
  space_unshare_command
  reason=$("${ret_unshare[@]}" true 2>&1) && return
  if [ "$EUID" = 0 ]; then
    die "cannot make private namespaces here: $reason
  In a container, allow CAP_SYS_ADMIN; in a chroot, mount /proc."
  fi
  die "this user may not make private namespaces here: $reason
  Run it as root, or allow user namespaces (kernel.unprivileged_userns_clone, user.max_user_namespaces, AppArmor)."
}

space_up () {
  local ret_unshare
  space_unshare_command
  setsid "${ret_unshare[@]}" "$HERE/init" "$DIR" > "$DIR/log/init.log" 2>&1 < /dev/null &
  echo $! > "$DIR/pid"
  disown
  until enter test -e /run/lab/ready 2>/dev/null; do
    space_holder > /dev/null || kill -0 "$(cat "$DIR/pid")" 2>/dev/null ||
      die "the lab's namespaces could not be set up: $(tail -n 3 "$DIR/log/init.log")"
    sleep 0.02
  done
}

space_down () {
  local pid
  if pid=$(space_holder); then
    enter kill -TERM 1 2>/dev/null || true
    await 60 space_is_gone || kill -KILL "$pid" 2>/dev/null || true
    await 100 space_is_gone || die "process $pid of the lab in $DIR does not end"
  fi
  rm -f "$DIR/pid"
}

# A holder that has ended but was not waited for yet has no command line any more.
space_is_gone () {
  ! space_holder > /dev/null
}

# enter COMMAND…: runs it inside, in the caller's folder. In the lab itself, simply runs it.
enter () {
  local ret_enter
  space_enter_command || return 1
  "${ret_enter[@]}" "$@"
}

# The words in front of a command that is to run inside, in the array ret_enter.
space_enter_command () {
  local pid ns
  ret_enter=()
  [ "${CARDENROLL_LAB:-}" != "$DIR" ] || return 0
  pid=$(space_holder) || return 1
  ns=/proc/$pid/ns
  ret_enter=(nsenter "--net=$ns/net" "--mount=$ns/mnt" "--pid=$ns/pid_for_children" "--root=/proc/$pid/root" "--wd=/proc/$pid/root")
  if [ "$(readlink "$ns/user")" != "$(readlink /proc/self/ns/user)" ]; then
    ret_enter+=("--user=$ns/user" --preserve-credentials)
  fi
}

# await_service NAME COMMAND…: tries until it succeeds, for two minutes at most, as long as the service lives.
await_service () {
  local name=$1
  shift
  for _ in $(seq 2400); do
    ! "$@" || return 0
    service alive "$name" || return 1
    sleep 0.05
  done
  return 1
}

# await TIMES COMMAND…: tries every 50 ms until it succeeds.
await () {
  local times=$1
  shift
  for _ in $(seq "$times"); do
    ! "$@" || return 0
    sleep 0.05
  done
  return 1
}
