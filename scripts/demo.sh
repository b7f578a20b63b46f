#!/bin/sh
# Runs guest/demo/demo.sh by the machine's dash and by dash in cages, and compares.
# usage: scripts/demo.sh [--check] [DIR-OF-PROGRAMS]    --check prints only what is wrong
set -eu

quiet=no
if [ "${1-}" = --check ]; then
  quiet=yes
  shift
fi
top=$(cd "$(dirname "$0")/.." && pwd)
bin=$(cd "${1:-$top/build/bin}" && pwd)
root=$top/build/guest/root
script=$top/guest/demo
for needed in "$bin/lind" "$root/bin/dash"; do
  if [ ! -e "$needed" ]; then
    echo "demo.sh: $needed is missing: run make first" >&2
    exit 1
  fi
done

if [ $quiet = yes ]; then
  demo=$(mktemp -d "$top/build/demo-check.XXXXXX")
  chmod 755 "$demo"
else
  demo=$top/build/demo
  mkdir -p "$demo"
fi
lind_pid=
finish() {
  [ -z "$lind_pid" ] || kill "$lind_pid" 2> /dev/null || true
  [ $quiet = no ] || rm -rf "$demo"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { [ $quiet = yes ] || echo "$@"; }

# The tree is the same on every machine, so that a first run and a later one show the same.
make_tree() {
  mkdir -p "$demo/tree/letters"
  awk 'BEGIN { n = 42; for (i = 0; i < 20000; i++) { n = (n * 16807) % 2147483647; print n } }' \
    > "$demo/tree/numbers.txt"
  awk '{ split("alpha beta gamma delta omega", w, " "); print w[$1 % 5 + 1] }' \
    "$demo/tree/numbers.txt" > "$demo/tree/words.txt"
  printf '%s\n' 'Dear reader,' 'this is one of the files' 'that the shell reads,' \
    'here and in the cage.' > "$demo/tree/letter.txt"
  for name in a b c; do echo "letter $name" > "$demo/tree/letters/$name"; done
}

# Root runs the demo as an ordinary user, if that user can reach the checkout.
ordinary=no
exec_as_user() {
  [ $ordinary = no ] ||
    set -- setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all --bounding-set=-all "$@"
  exec "$@"
}
use_ordinary_user() {
  user=$(id -u)
  [ "$user" -eq 0 ] || return 0
  ordinary=yes
  if (exec_as_user test -x "$bin/lind" -a -r "$root/bin/dash" -a -r "$demo/tree") 2> /dev/null; then
    user=65534
  else
    ordinary=no
  fi
}

now_ms() { date +%s%3N; }

run_native() {
  (cd "$demo/tree" && : > "$demo/native/go" &&
    exec_as_user env -i PATH=/bin LC_ALL=C SCRATCH="$demo/native" /bin/dash "$script/demo.sh") \
    > "$demo/native.out" 2> "$demo/native.err"
}

start_in_cages() {
  (cd / && exec_as_user env -i PATH="$PATH" LIND_CACHE="$cache" "$bin/lind" run --stats \
    --root "$root" --dir "$demo/tree:/data:ro" --dir "$script:/demo:ro" --dir "$demo/cages:/scratch" \
    --cwd /data --env PATH=/bin --env LC_ALL=C --env SCRATCH=/scratch /bin/dash /demo/demo.sh) \
    > "$demo/cages.out" 2> "$demo/cages.err" &
  lind_pid=$!
}

# The guest says when its pipeline stands, waits, and goes on when told to.
await_pipeline() {
  while [ ! -s "$demo/cages/ready" ] && kill -0 "$lind_pid" 2> /dev/null; do sleep 0.02; done
}

rm -rf "$demo/native" "$demo/cages"
mkdir "$demo/native" "$demo/cages"
make_tree
use_ordinary_user
cache=$top/build/cache-$user # tests/guest/harness.py uses it too
mkdir -p "$cache"
[ $ordinary = no ] || chown "$user:$user" "$demo/native" "$demo/cages" "$cache"

begin=$(now_ms)
native_status=0
run_native || native_status=$?
native_ms=$(($(now_ms) - begin))

say "-- guest/demo/demo.sh, natively: status $native_status, $native_ms ms"
[ $quiet = yes ] || cat "$demo/native.out"

begin=$(now_ms)
start_in_cages
await_pipeline
cages_ms=$(($(now_ms) - begin))
table=$(ps -o pid,ppid,user,nlwp,args -p "$lind_pid" --ppid "$lind_pid" | cut -c1-100) || true
begin=$(now_ms)
: > "$demo/cages/go"
cages_status=0
wait "$lind_pid" || cages_status=$?
lind_pid=
cages_ms=$((cages_ms + $(now_ms) - begin))

say
say "-- the same script in cages: status $cages_status, $cages_ms ms"
[ $quiet = yes ] || cat "$demo/cages.out"
say
say "-- the host's process table while the six-process pipeline stood"
say "   (nlwp counts the threads; the child of the first is the compile broker)"
say "$table"
grep "^lind: cages: " "$demo/cages.err" | sed "s/^lind: //" > "$demo/stats" || true
grep -v "^lind: cages: " "$demo/cages.err" > "$demo/cages.err.script" || true
[ $quiet = yes ] || cat "$demo/stats"
say

wrong=0
diff -u "$demo/native.out" "$demo/cages.out" || wrong=1
diff -u "$demo/native.err" "$demo/cages.err.script" || wrong=1
if [ "$native_status" -ne "$cages_status" ]; then
  echo "demo.sh: status $native_status natively, $cages_status in cages"
  wrong=1
fi
if [ ! -s "$demo/stats" ]; then
  echo "demo.sh: lind run --stats did not count its cages"
  wrong=1
fi
if [ $wrong -ne 0 ]; then
  echo "demo.sh: the two runs differ" >&2
  exit 1
fi
sections=$(grep -c '^== ' "$demo/native.out")
say "Both runs agree in all $sections sections, byte for byte."
