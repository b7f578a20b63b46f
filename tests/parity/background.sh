# Background jobs, wait for one and for all, their statuses.
sleep 0.2 &
first=$!
(exit 5) &
second=$!
wait $second
echo "second $?"
wait $first
echo "first $?"
for i in 1 2 3 4 5 6 7 8; do
  (sleep 0.0$i; echo "$i" > "out.$i"; exit "$i") &
done
wait
echo "all $?"
cat out.*
wait $second
echo "again $?"
wait 99999
echo "stranger $?"
sort "$T/numbers" > sorted &
sort -n "$T/numbers" > sorted-n &
wait
wc -l sorted sorted-n
head -n 1 sorted
head -n 1 sorted-n
{ sleep 0.1; echo late > late; } &
wait $!
cat late
case $! in *[!0-9]* | '') echo "not a number" ;; *) echo "a number" ;; esac
case $$ in *[!0-9]* | '') echo "not a number" ;; *) echo "a number" ;; esac
[ "$(sh -c 'echo $PPID')" = $$ ] && echo "a child knows its parent"
