# shellcheck shell=sh disable=SC2002,SC2018,SC2019 # what people write is what is shown
# Runs under any POSIX shell: scripts/demo.sh gives it to the machine's dash and to dash in a cage.
# The working directory is a tree of real files; $SCRATCH is an empty writable directory.

section() { printf '\n== %s\n' "$*"; }

section "files, globbing"
ls
for file in *.txt; do echo "$file has $(wc -l < "$file") lines"; done

section "pipelines"
cat words.txt | sort | uniq -c | sort -rn | head -n 3
grep -c '^[0-9]*7$' numbers.txt
sort -n numbers.txt | tail -n 2
yes | head -n 1

section "redirections, here-documents"
grep -n the letter.txt > "$SCRATCH/found" 2>&1
cat "$SCRATCH/found"
ls absent 2>&1
tr a-z A-Z <<END
sum of 1 to 100: $(seq 1 100 | { sum=0; while read -r n; do sum=$((sum + n)); done; echo $sum; })
END

section "subshells and exit status"
(cd letters && pwd | tail -c 9 && exit 3)
echo "subshell ended with $?"
sh -c 'kill -SEGV $$' 2> /dev/null
echo "a crash is status $? in its parent"
case $$ in *[!0-9]*) echo "no pid" ;; *) echo "\$\$ is a number" ;; esac

section "functions, recursion"
hanoi() {
  [ "$1" -eq 0 ] && return
  hanoi $(($1 - 1)) "$2" "$4" "$3"
  printf '%s%s ' "$2" "$3"
  hanoi $(($1 - 1)) "$4" "$3" "$2"
}
hanoi 4 a b c
echo

section "background jobs"
for n in 1 2 3; do (cat words.txt numbers.txt | sort | wc -l > "$SCRATCH/job.$n"; exit $n) & done
wait
cat "$SCRATCH"/job.*
(exit 5) &
wait $!
echo "the last job ended with $?"

section "six processes alive at once"
{ echo waiting > "$SCRATCH/ready"; until [ -e "$SCRATCH/go" ]; do sleep 0.02; done; cat letter.txt; } |
  cat | grep -v absent | sort -r | tail -n 1
