# Pipelines of two to many stages; the status is that of the last stage.
cat "$T/words" | sort | uniq -c | sort -rn | head -n 5
cat "$T/words" | grep alpha | wc -l
echo one | cat | cat | cat | cat | cat | cat | cat | cat
false | true
echo "last of false|true: $?"
true | false
echo "last of true|false: $?"
! true | false
echo "negated: $?"
printf 'b\na\nc\n' | sort | while read -r line; do echo "line $line"; done
cut -d, -f1,3 "$T/list.csv" | tail -n +2 | sort -t, -k2 -n
seq 1 10 | tr '\n' ' '
echo
seq 5 | (read -r first; echo "first $first"; cat)
{ echo grouped; echo output; } | sort
