# bash completion for lind: its commands, and the options of each as it prints them.
_lind() {
  local current=${COMP_WORDS[COMP_CWORD]}
  local words
  if ((COMP_CWORD == 1)); then
    words=$(lind --help 2> /dev/null | sed -n 's/^  \([a-z][a-z0-9-]*\)  .*/\1/p')
  elif [[ $current == -* ]]; then
    words=$(lind "${COMP_WORDS[1]}" --help 2> /dev/null | grep -o -- '--[a-z][a-z-]*' | sort -u)
  fi
  mapfile -t COMPREPLY < <(compgen -W "$words" -- "$current")
}
complete -o default -F _lind lind
