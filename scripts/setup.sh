#!/bin/sh
# Installs the Debian packages of scripts/packages.txt that are missing.
# Usage: setup.sh STAMP    does nothing if STAMP is newer than the list.
set -eu

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

missing=
for package in $(grep -v '^#' "$list"); do
  # "install ok installed" is the one good state.
  state=$(dpkg-query -W -f='${Status}' "$package" 2>/dev/null || true)
  [ "$state" = "install ok installed" ] || missing="$missing $package"
done

if [ -n "$missing" ]; then
  echo "setup: installing:$missing"
  if [ "$(id -u)" -eq 0 ]; then
    as_root=
  elif command -v sudo >/dev/null; then
    as_root=sudo
  else
    fail "installing needs root or sudo; run as root: apt-get install$missing"
  fi
  export DEBIAN_FRONTEND=noninteractive
  log=$(mktemp)
  # shellcheck disable=SC2086 # the list is words
  if ! { $as_root apt-get update && $as_root apt-get install -y --no-install-recommends $missing; } >"$log" 2>&1; then
    tail -n 20 "$log" >&2
    rm -f "$log"
    fail "apt-get could not install:$missing"
  fi
  rm -f "$log"
fi

mkdir -p "$(dirname "$stamp")"
touch "$stamp"
