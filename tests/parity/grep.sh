# grep: basic, extended and fixed patterns, context, counts, binary files, directories.
cd "$T" || exit 1
grep line readme.txt
grep -n -i LINE readme.txt
grep -v line readme.txt
grep -c '' readme.txt empty unfinished
grep -l util src/* readme.txt
grep -L util src/main.c src/util.h
grep -o 'l[a-z]*' readme.txt
grep -w the readme.txt
grep -x 'second line' readme.txt
grep -E '(first|fourth) line' readme.txt
grep -F '(void)' src/util.c
grep -A1 -B1 second readme.txt
grep -r util src
grep -rn --include='*.h' util .
grep -e first -e second readme.txt
grep -q first readme.txt && echo found
grep '\(a\)\1' words | head -n 1
echo aa | grep '\(a\)\1'
grep -E 'a{2,3}b|x+y?$' <<END
aab
ab
xx
END
grep -c alpha < words
grep A binary
grep -a -c A binary
grep -m 2 alpha words
grep '[' readme.txt
echo $?
grep pattern src
echo $?
printf 'word\nlist\n' > /dev/null
printf 'second\nfourth\n' | grep -f - readme.txt
grep -z second readme.txt | tr '\0' '!'
grep -s x absent
echo $?
