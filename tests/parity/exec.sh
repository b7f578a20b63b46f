# exec, scripts with an interpreter line, PATH search, environment of children.
"$T/script.sh" one "two three"
echo $?
sh "$T/script.sh" x
mkdir bin
printf '#!/bin/sh -e\necho "own command: ${0##*/} $*"\nfalse\necho not reached\n' > bin/own
chmod 755 bin/own
PATH=$PWD/bin:$PATH
own a b
echo $?
command -v own | tail -c 9
printf 'echo no interpreter line, $1\n' > bin/plain
chmod 755 bin/plain
plain here
printf '#!/absent/interpreter\n' > bin/broken
chmod 755 bin/broken
broken
echo $?
printf '#!%s/bin/own inner\n' "$PWD" > bin/outer
chmod 755 bin/outer
outer x | tail -c 6
X=exported
export X
sh -c 'echo "child sees $X"'
X=temporary sh -c 'echo "child sees $X"'
echo $X
env -i A=1 B=2 env | sort
env | grep -c '^X='
(exec echo replaced; echo not reached)
(exec absent-program)
echo $?
sh -c 'echo "$0 $# $*"' zero one two
echo 'echo from standard input; exit 11' | sh
echo $?
nice true; echo $?
timeout 0.1 sleep 5
echo $?
timeout 5 sh -c 'exit 3'
echo $?
exec sh -c 'echo last words; exit 21'
