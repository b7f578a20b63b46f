# Arithmetic expansion: operators, precedence, bases, assignment, overflow, errors.
echo $((1 + 2 * 3 - 4 / 2 % 3)) $(((1 + 2) * 3)) $((7 / -2)) $((-7 % 3))
echo $((0x1f)) $((017)) $((1 << 40)) $((255 & 15 | 64 ^ 3)) $((~5)) $((!5)) $((!0))
echo $((1 < 2)) $((2 <= 1)) $((3 == 3 && 4 != 4)) $((0 || 5)) $((1 ? 10 : 20))
x=5
echo $((x * x)) $(($x + 1)) $((x += 3)) $((x -= 1)) $x
echo $((9223372036854775807)) $((9223372036854775807 + 1))
i=0
sum=0
while [ $i -lt 1000 ]; do
  sum=$((sum + i * i))
  i=$((i + 1))
done
echo $sum
a=1 b=1
for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do
  c=$((a + b)) a=$b b=$c
done
echo $b
expr 6 \* 7
expr 5 \> 3 \& 2
expr length hello : '.*'
expr hello : '.*l'
(echo $((1 / 0)))
echo $?
(echo $((1 +)))
echo $?
printf '%d %x %o %05d|%-8s|%8s|%.3f\n' 42 255 8 7 ab cd 3.14159
