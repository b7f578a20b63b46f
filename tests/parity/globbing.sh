# Path patterns, quoting, and what matches nothing.
cd "$T" || exit 1
echo *
echo .h* src/*.c src/*.[ch] src/?til.*
echo */* */*/*
echo absent*
echo "*" '*' \*
echo [a-e]* [!a-r]*
for file in *.txt; do echo "<$file>"; done
set -- *.sh
echo $# "$1"
x='*.txt'
echo "$x" $x
set -f
echo *
set +f
case main.c in *.h) echo header ;; *.c) echo source ;; esac
ls -d */
ls src/*
cd src/deep/er || exit 1
echo ../../*.c
pwd
cd ../..
pwd
