# kill reaches other cages; the status tells the signal.  INT and QUIT are left out: dash ignores them in
# background jobs, a little after the fork.
for signal in TERM KILL HUP USR1 ALRM PIPE; do
  sleep 20 &
  kill -$signal $!
  wait $!
  echo "$signal $?"
done 2> /dev/null
sleep 20 &
pid=$!
kill -0 $pid && echo alive
kill $pid
wait $pid 2> /dev/null
kill -0 $pid 2> /dev/null || echo gone
kill -l 15
kill -0 $$ && echo self
sh -c 'trap "echo child got it; exit 9" TERM; echo ready > ready; while :; do sleep 0.02; done' &
while [ ! -s ready ]; do sleep 0.01; done
kill $!
wait $!
echo $?
sh -c 'trap "" TERM; echo ready > ready2; sleep 0.3; echo ignored it' &
while [ ! -s ready2 ]; do sleep 0.01; done
kill $!
wait $!
echo $?
sleep 20 &
kill -STOP $!
kill -CONT $!
kill $!
wait $! 2> /dev/null
echo $?
