# Every kind of redirection, on files, descriptors and nothing.
echo out > file
echo more >> file
cat < file
cat file - < /dev/null
ls absent 2> errors
cat errors
ls absent > both 2>&1
cat both
{ echo to-out; echo to-err >&2; } 2>&1 | sort
exec 3> three
echo through three >&3
exec 3>&-
cat three
echo closed >&3
echo "status of a closed descriptor: $?"
exec 4< "$T/readme.txt"
read -r a <&4
read -r b <&4
exec 4<&-
echo "$a / $b"
set -C
echo again > file
echo "status of noclobber: $?"
echo forced >| file
set +C
cat file
: > file
wc -c < file
echo hello 1> file 2>&1
cat file
cat <> file
echo x > /dev/null
cat < absent
echo "status of an absent file: $?"
echo full > /dev/full
echo "status of a full device: $?"
