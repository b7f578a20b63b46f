# Subshells change nothing outside themselves.
x=outer
(x=inner; cd /; echo "$x"; exit 3)
echo "$? $x"
pwd
(umask 077; touch private)
umask
ls -l private | cut -c1-10
( ( ( echo deep; exit 4 ) ; exit $(($? + 1)) ) ; echo "inside $?" )
y=$( x=changed; echo "$x" )
echo "$x $y"
(trap 'echo leaving subshell' EXIT; true)
{ x=group; }
echo "$x"
(exit 300)
echo $?
(kill -9 $(sh -c 'echo $PPID'))
echo "killed: $?"
