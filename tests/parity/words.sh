# Expansion: defaults, lengths, prefixes and suffixes, fields, quotes, positional parameters.
unset u
e=
v=value
echo "${u-unset}" "${u:-unset}" "${e-empty}" "${e:-empty}" "${v+set}" "${u+set}"
echo "${u:=assigned}" "$u" "${#v}"
path=/usr/local/lib/file.tar.gz
echo "${path##*/}" "${path#*/}" "${path%.*}" "${path%%.*}" "${path%/*}"
(: "${absent:?is missing}")
echo $?
IFS=:
set -- $(echo a:b::c)
echo $# "$1" "$3" "$4"
IFS=' 	
'
set -- "a b" c "" d
echo $# "$@"
for word in "$@"; do echo "[$word]"; done
for word in $*; do echo "<$word>"; done
shift 2
echo $# "$*"
echo 'single '"double $v"' \n' a\ b "quote\"d" "back\\slash"
echo ~ | wc -l
read -r one two rest <<END
first second third fourth
END
echo "$one|$two|$rest"
printf '%s\n' "tab	in" 'new
line'
echo "$(printf 'trailing\n\n\n')|"
set -- $(seq 1 200)
echo $# "${200}" "${11}"
x=$(cat "$T/unfinished"; cat "$T/empty")
echo "$x"
echo "${x}" | tr -d '\n' | wc -c
getopts ab:c opt -b val -c && echo "$opt $OPTARG"
