# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Measures the cost of moving an overlay under traffic from one device to another: a ping
# every 10 ms from pod2 to pod1, and one TCP connection during all of it. For scenarios
# that have sourced agents.sh.

MOST=3	# packets that a move may lose

answers() { grep -c 'bytes from' "$TMP/ping"; }
more() { [ "$(answers)" -ge "$1" ]; }
goes_on() { wait_for 20 more $(($(answers) + 30)); }

# lost: the number of unanswered packets between the first and the last answered one,
# for each run of consecutive ones
lost()
{
	sed -n 's/.*icmp_seq=\([0-9]*\).*/\1/p' "$TMP/ping" | sort -nu | awk '
		last && $1 > last + 1 { printf("%s%d", sep, $1 - last - 1); sep = " " }
		{ last = $1 }
		END { if (!NR) print "all" }'
}

# under_ping COMMAND...: with a ping every 10 ms; $LOST gets the lost packets, $MAX the
# longest run of them
under_ping()
{
	local ping status

	ns_background pod2 ping -n -i 0.01 -w 600 "$(pod4 1)" >"$TMP/ping"
	ping=$BACKGROUND
	goes_on || fatal "a ping is answered"
	"$@" >"$TMP/step.log" 2>&1
	status=$?
	goes_on || fatal "a ping is answered afterwards: $(cat "$TMP/step.log")"
	kill -INT "$ping"
	wait "$ping"
	LOST=$(lost)
	MAX=$(tr ' ' '\n' <<<"$LOST" | sort -n | tail -n 1)
	MAX=${MAX:-0}
	return $status
}

# moves NAME COMMAND...: the command succeeds; the best of three tries loses few packets.
# A busy host can delay any of them. "undo" is called between them.
moves()
{
	local name=$1 try
	shift

	for try in 1 2 3; do
		under_ping "$@"
		check_result $? "$name" || diag "$(cat "$TMP/step.log")"
		diag "lost in a row: ${LOST:-none}; $(sed -n 's/.*\(the old one within.*\)/\1/p' "$TMP"/agent1.log | tail -n 2 | paste -s -d ,)"
		if [ "$MAX" -le $MOST ] 2>/dev/null || [ $try -eq 3 ]; then
			break
		fi
		undo || fatal "once more: $name"
	done
	expect "... and costs $MOST packets at the most, of one every 10 ms" "$MAX" -le $MOST
}

# transfer_begins: a slow transfer from pod1 to pod2, until transfer_ends
transfer_begins()
{
	ns_background pod2 socat -u TCP-LISTEN:5001 "OPEN:$TMP/received,creat,trunc"
	TRANSFER=$BACKGROUND
	wait_for 10 listens pod2 5001
	(
		for ((i = 0; ; i++)); do
			[ ! -e "$TMP/done" ] || exit 0
			printf 'line %d of the transfer\n' "$i"
			sleep 0.05
		done
	) > >(tee "$TMP/sent" | ns pod1 socat -u STDIN "TCP:$(pod4 2):5001") &
	TRANSFER="$! $TRANSFER"
}

transfer_ends()
{
	local pid

	touch "$TMP/done"
	for pid in $TRANSFER; do
		wait "$pid"
	done
	expect_eq "one TCP connection lived through all of it" 0 $?
	ok "and lost nothing" cmp "$TMP/sent" "$TMP/received"
	expect "which was a lot of lines" "$(wc -l <"$TMP/received")" -ge 20
}
