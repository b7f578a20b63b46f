# A writer whose reader has gone is ended by SIGPIPE, silently.
yes | head -n 3
yes forever | head -c 100000 | wc -c
seq 1 1000000 | head -n 1
cat "$T/numbers" | head -n 2
(yes; echo "status of yes: $?" >&2) | head -n 1
(trap '' PIPE; yes 2> /dev/null; echo "ignored: $?" >&2) | head -n 1
seq 1 100000 | sort -n | head -n 2
yes | tr y n | cat | cat | head -n 2
sh -c 'while :; do echo x; done' | head -n 2
echo end
