# Command substitution: nested, with status, large, with descriptors and quotes.
echo "$(echo a $(echo b $(echo c)))"
echo `echo old \`echo style\``
x=$(exit 9)
echo $?
echo "status inside: $(false; echo $?)"
lines=$(cat "$T/numbers")
echo "${#lines}"
echo "$lines" | sort -n | tail -n 1
y=$(echo out; echo err 2>&1 >&2)
echo "$y"
z=$( (echo sub) | tr a-z A-Z)
echo "$z"
echo "$(cat <<END
document in substitution
END
)"
for f in $(ls "$T/src"); do echo "f=$f"; done
i=0
while [ $i -lt 100 ]; do
  i=$(expr $i + 1)
done
echo $i
. "$T/../absent-file" 2> /dev/null || echo unreachable
