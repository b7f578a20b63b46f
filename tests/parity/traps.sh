# Traps for signals and for the end; what children inherit.
trap 'echo end of script: $?' EXIT
trap 'echo got USR1' USR1
kill -USR1 $$
kill -USR1 $$
echo between
trap 'echo got USR2, status $?' USR2
(kill -USR2 $$)
sleep 0.05
trap
trap '' USR1
kill -USR1 $$
sh -c 'kill -USR1 $$; echo "ignored in the child too"'
trap - USR1
sh -c 'kill -USR1 $$; echo not reached'
echo "default again: $?"
(trap - EXIT; exit 2)
echo $?
sleep 5 &
sleeper=$!
trap 'kill $sleeper; echo interrupted; exit 6' INT
(sleep 0.1; kill -INT $$) &
wait
echo not reached
