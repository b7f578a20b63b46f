#!/bin/bash
# Installs the Debian packages of scripts/packages.txt that are missing.
# Usage: setup.sh STAMP    does nothing if STAMP is newer than the list.
set -euo pipefail

here=$(dirname "$0")
list=$here/packages.txt
stamp=${1:?usage: setup.sh STAMP}

if [ -e "$stamp" ] && [ "$stamp" -nt "$list" ]; then
  exit 0
fi

fail() {
  echo "setup: $*" >&2
  exit 1
}

command -v dpkg-query >/dev/null || fail "this is not a Debian system: install the packages of $list by hand"

missing=()
while read -r package; do
  # "install ok installed" is the one good state.
  state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing+=("$package")
done < <(grep -v '^#' "$list")

if [ ${#missing[@]} -gt 0 ]; then
  echo "setup: installing: ${missing[*]}"
  as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null ||
      fail "installing needs root or sudo; run as root: apt-get install ${missing[*]}"
    as_root=(sudo env DEBIAN_FRONTEND=noninteractive)
  fi
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  if ! { "${as_root[@]}" apt-get update &&
    "${as_root[@]}" apt-get install -y --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install: ${missing[*]}"
  fi
  rm -f "$log"
fi

mkdir -p "$(dirname "$stamp")"
touch "$stamp"
