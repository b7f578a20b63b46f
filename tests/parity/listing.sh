# What ls shows of real files.
cd "$T" || exit 1
ls
ls -a
ls -1 src
ls -R src
ls -F
ls -log
ls -S | head -n 4
ls -r src
ls -d .* src
ls -i readme.txt | wc -w
ls absent src/util.h
echo $?
ls -l link dangling | cut -d' ' -f1,9-
cat dangling
ls -L link
ls -p | head -n 5
ls -m src
cat -A readme.txt
stat -c '%n %s %a %F' readme.txt src link
test readme.txt -nt absent && echo newer
