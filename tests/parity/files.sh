# Directories, files, links, modes, and the errors of each.
mkdir d d/e
mkdir d
mkdir -p d/e/f/g
touch d/file
cp "$T/readme.txt" copy
[ "$(cat copy)" = "$(cat "$T/readme.txt")" ] && echo same
mv copy d/moved
ls d
ln d/moved hard
ln -s d/moved soft
readlink soft
cat soft | head -n 1
[ hard -ef d/moved ] && echo one file
rm d/moved
cat soft
cat hard | wc -l
chmod 600 hard
ls -l hard | cut -c1-10
chmod 755 hard
stat -c '%a %s %F %h' hard d soft
rmdir d
rmdir d/e/f/g
rm d/e
rm -r d
ls
rm absent
rm -f absent
touch -d '2020-01-02 03:04:05' dated
stat -c %Y dated
ls -l --time-style=full-iso dated | cut -d' ' -f6-
cp -r "$T/src" tree
find_all() { for f in "$1"/*; do echo "$f"; [ -d "$f" ] && find_all "$f"; done; return 0; }
find_all tree
dd if="$T/numbers" of=piece bs=1000 count=3 skip=2 2> /dev/null
wc -c piece
truncate -s 100000 piece
wc -c piece
du -s --apparent-size -B1 piece | cut -f1
: > a
: > b
mv a b
ls a
mktemp -d XXXXXX > /dev/null && echo made
mkfifo fifo
(echo through a fifo > fifo) &
cat fifo
wait
basename /a/b.c .c
dirname /a/b.c
realpath soft
pwd -P
cd hard
cd absent
