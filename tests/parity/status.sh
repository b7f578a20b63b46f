# $? for every way to end.
true; echo $?
false; echo $?
sh -c 'exit 77'; echo $?
absent-command; echo $?
"$T/readme.txt"; echo $?
"$T"; echo $?
"$T/script.sh" a "b c"; echo $?
sh -c 'kill -TERM $$'; echo $?
sh -c 'kill -SEGV $$' 2> /dev/null; echo $?
sh -c 'kill -9 $$' 2> /dev/null; echo $?
sh absent-script; echo $?
grep nothing "$T/readme.txt"; echo $?
grep x absent; echo $?
test 1 -eq 2; echo $?
[ a = a ] && [ -f "$T/empty" ] && [ ! -s "$T/empty" ] && [ -d "$T/src" ] && [ -L "$T/link" ]; echo $?
[ -x "$T/script.sh" ] || echo not executable
[ -w "$T/readme.txt" ]; echo "writable: $?"
if false; then echo no; elif true; then echo yes; else echo no; fi
while false; do :; done; echo $?
false || true && echo reached
set -e
if false; then :; fi
false || echo survived
(set +e; false; echo still)
false
echo not reached
