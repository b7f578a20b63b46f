# case, for, while, until, break, continue.
kind() {
  case $1 in
    [0-9] | [0-9][0-9]) echo "$1 small" ;;
    [0-9]*) echo "$1 number" ;;
    "a b") echo "$1 quoted" ;;
    *.c | *.h) echo "$1 c" ;;
    '') echo empty ;;
    \*) echo star ;;
    [!a-z]*) echo "$1 odd" ;;
    *) echo "$1 other" ;;
  esac
}
for x in 5 55 555 "a b" main.c '' '*' Z word; do kind "$x"; done
for i in 1 2 3; do
  for j in 1 2 3; do
    [ $j = 2 ] && continue
    [ $i = 3 ] && break 2
    echo $i$j
  done
done
n=0
until [ $n -ge 3 ]; do n=$((n + 1)); echo "until $n"; done
while :; do
  n=$((n + 1))
  [ $n -gt 10 ] && break
done
echo $n
for arg; do echo never; done
while IFS=, read -r name kind count; do
  case $kind in animal) echo "$name: $count" ;; esac
done < "$T/list.csv"
