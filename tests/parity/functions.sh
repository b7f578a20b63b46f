# Functions: arguments, locals, recursion, return, redirections of a whole function.
greet() {
  local name="$1"
  shift
  echo "hello $name, $# more: $*"
  return 3
}
greet world a b
echo $?
factorial() {
  if [ "$1" -le 1 ]; then echo 1; else echo $(($1 * $(factorial $(($1 - 1))))); fi
}
factorial 12
depth() {
  [ "$1" -eq 0 ] && { echo bottom; return; }
  depth $(($1 - 1))
}
depth 500
noisy() { echo out; echo err >&2; } 2> errors
noisy
cat errors
x=global
change() { x=changed; local x=mine; x=other; }
change
echo $x
hanoi() {
  [ "$1" -eq 0 ] && return
  hanoi $(($1 - 1)) "$2" "$4" "$3"
  echo "$2$3"
  hanoi $(($1 - 1)) "$4" "$3" "$2"
}
hanoi 6 a b c | tr '\n' ' '
echo
unset -f greet
greet
echo $?
eval 'made() { echo made by eval: "$@"; }'
made 1 "2 3"
