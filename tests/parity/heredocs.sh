# Here-documents: expanded, quoted, indented, several at once, larger than a pipe holds.
name=world
cat <<END
hello $name $(echo from a command) $((6 * 7)) \$name
END
cat <<'END'
literal $name $(echo no) \$name
END
cat <<-END
	tabs are
		removed
	END
cat <<A; cat <<B
first
A
second
B
cat <<END | tr a-z A-Z
through a pipe
END
while read -r line; do echo "[$line]"; done <<END
one
two words
END
big=$(seq 1 20000)
cat <<END | wc
$big
END
wc -c <<END
$(head -c 60000 "$T/long-line")
END
exec 3<<END
on descriptor three
END
cat <&3
exec 3<&-
