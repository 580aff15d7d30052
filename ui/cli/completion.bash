# SPDX-License-Identifier: GPL-3.0-or-later
# bash completion for cardenroll(1)

_cardenroll_templates() {
  # Only where the policy can be read at once: completion must not hang on a network that is not there.
  timeout 2 cardenroll explain --json 2>/dev/null |
    sed -n 's/^ *"name" : "\([A-Za-z0-9_.-]*\)".*/\1/p'
}

_cardenroll_options() {
  case $1 in
    status | doctor | pending) echo --card --json --help ;;
    plan | explain) echo --card --refresh --json --help ;;
    policy) echo --refresh --json --help ;;
    history) echo --card --limit --json --help ;;
    run) echo --card --pin-fd --batch --refresh --json --help ;;
    logon-test) echo --card --pin-fd --batch --json --help ;;
    renew) echo --certificate --card --pin-fd --batch --json --help ;;
    enroll) echo --template --card --pin-fd --batch --json --help ;;
    *) echo --help --version ;;
  esac
}

_cardenroll() {
  local current=${COMP_WORDS[COMP_CWORD]} previous=${COMP_WORDS[COMP_CWORD - 1]}
  local commands="status plan explain policy history pending run enroll renew logon-test doctor" command="" word

  COMPREPLY=()
  for word in "${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ " $commands " == *" $word "* ]] && command=$word && break
  done
  case $previous in
    --template | -t)
      mapfile -t COMPREPLY < <(compgen -W "$(_cardenroll_templates)" -- "$current")
      return
      ;;
    --card | --certificate | -c | --pin-fd | --limit | -n) return ;;
  esac
  if [[ $current == -* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_cardenroll_options "$command")" -- "$current")
  elif [[ -z $command ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands help" -- "$current")
  elif [[ $command == pending ]]; then
    mapfile -t COMPREPLY < <(compgen -W "list fetch cancel" -- "$current")
  elif [[ $command == explain ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$(_cardenroll_templates)" -- "$current")
  fi
}

complete -F _cardenroll cardenroll
