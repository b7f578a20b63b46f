# A hundred thousand lines through everything.
sort "$T/numbers" | head -n 3
sort -n "$T/numbers" | tail -n 3
sort -rn "$T/numbers" | sort -c -rn && echo sorted
wc "$T/numbers" "$T/words" "$T/empty" "$T/binary"
grep -c 7 "$T/numbers"
grep -c '^1.*9$' "$T/numbers"
grep -n 12345 "$T/numbers"
grep -E '^(12|34)5+6' "$T/numbers" | sort -n
tail -n 2 "$T/numbers"
tail -c 20 "$T/numbers"
head -c 1000 "$T/numbers" | cksum
sort -u "$T/words" | wc -l
tr -d '\n' < "$T/numbers" | wc -c
cut -c1-3 "$T/numbers" | sort | uniq -c | sort -k1,1nr -k2 | head -n 4
md5sum < "$T/numbers"
sha256sum < "$T/binary"
sum=0
head -n 2000 "$T/numbers" | { while read -r n; do sum=$(((sum + n) % 1000003)); done; echo $sum; }
split -l 30000 "$T/numbers" part.
wc -l part.*
cat part.* | cksum
cksum < "$T/numbers"
od -A d -t x1 "$T/binary" | head -n 3
base64 "$T/binary" | base64 -d | cksum
cksum < "$T/binary"
paste -d: "$T/words" "$T/numbers" | head -n 2
join -t, "$T/list.csv" "$T/list.csv" 2> /dev/null | head -n 2
tac "$T/numbers" | head -n 1
nl "$T/readme.txt"
fold -w 20 "$T/readme.txt"
comm -12 "$T/readme.txt" "$T/readme.txt" 2> /dev/null | wc -l
