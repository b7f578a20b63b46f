# read loops and many short processes.
count=0
while read -r word number; do
  case $word in omega) count=$((count + number)) ;; esac
done < "$T/words"
echo $count
i=0
while [ $i -lt 100 ]; do
  /bin/true || echo failed
  i=$((i + 1))
done
echo $i
i=0
while [ $i -lt 30 ]; do
  echo $i | cat
  i=$((i + 1))
done | tail -n 2
seq 1 50 | while read -r n; do echo "$n" | tr 1 I; done | sort | head -n 3
printf 'a b\\n c\nlast' | { while read line; do echo "[$line]"; done; echo "rest [$line]"; }
printf 'x:y:z\n' | { IFS=: read -r a b; echo "$a-$b"; }
read -r line < "$T/empty"
echo $?
exec 5< "$T/list.csv"
while read -r a <&5; do
  read -r b <&5
  echo "$a + $b"
done
for i in $(seq 1 20); do
  (echo "$i"; [ $((i % 5)) -eq 0 ] && sleep 0.01) &
done > collected
wait
sort -n collected | tr '\n' ' '
echo
