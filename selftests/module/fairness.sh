#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What one pod or one stranger does shall not cost the others: somebody who sends to
# everything at once neither takes their place in the miss engine nor the listener's
# attention. And what a peer sees of outer packets says nothing about those of others.
#
#    listener
#    node1 flannel.1 ----------- flannel.1 node2
#    10.244.1.1 to .4: senders   makes packets by hand, too
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need tcpdump
need_module

pair_up miss_retry 60000 miss_entries 200 miss_bytes 1048576
for n in 1 2 3 4; do
	must nip node1 address add "10.244.1.$n/32" dev "$VTEP"
done

# waiting NETWORK: questions about it that wait
waiting()
{
	kit node1 dump miss dev "$VTEP" | grep -c "^l3 $1.* pending"
}

# Room: three senders ask for little, one for everything. Senders are told apart by a
# hash, so one of three may share its fate.
listener deaf
DEAF=$BACKGROUND
for n in 1 2 3; do
	must kit node1 burst from "10.244.1.$n" to "16.20$n.0.1" subnets 2 packets 2
done
must kit node1 burst from 10.244.1.4 to 16.0.0.9 subnets 1000 packets 1
expect_eq "the table is full" 200 "$(device node1 misses)"
expect "who asks for little keeps his place" "$(waiting 16.20)" -ge 4
expect "who asks for everything pays for it" "$(waiting '16\.[0-3]\.')" -ge 190

# Memory: the same
option node1 miss_entries 20000
dropped=$(device node1 tx_drop_overflow)
must kit node1 burst from 10.244.1.4 to 16.8.0.9 subnets 400 packets 4 size 8000
expect "memory is full" $(($(device node1 tx_drop_overflow) - dropped)) -ge 100
expect "who parks little keeps it" \
	"$(kit node1 dump miss dev "$VTEP" | grep -c '^l3 16.20.* packets 2')" -ge 4

# A question that both wait for is that of the small one
option node1 miss_entries 200 miss_bytes 33554432
must nip node1 link set "$VTEP" down
must nip node1 link set "$VTEP" up
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
must kit node1 burst from 10.244.1.4 to 16.0.0.9 subnets 100 packets 1
for n in 1 2 3; do
	must kit node1 burst from "10.244.1.$n" to "16.0.$n.9" packets 1
done
must kit node1 burst from 10.244.1.4 to 16.16.0.9 subnets 1000 packets 1
expect "it stays when those of the big one go" "$(waiting '16\.0\.[123]\.')" -ge 2
expect_eq "which do go" 0 "$(waiting '16\.0\.9[0-9]\.')"
kill "$DEAF"

# Attention: so many questions at once, then so many a second
option node1 miss_entries 20000
must nip node1 link set "$VTEP" down
must nip node1 link set "$VTEP" up
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
sleep 2
listener slow verbose
SLOW=$BACKGROUND
events=$(device node1 miss_event)
begin=$SECONDS
must kit node1 burst from 10.244.1.4 to 16.0.0.9 subnets 12000 packets 1
sprayed=$(($(device node1 miss_event) - events))
span=$((SECONDS - begin + 1))
expect "12,000 subnets at once are asked for bit by bit" "$sprayed" -le $((2048 + 2000 * span + 100))
expect "but all wait" "$(device node1 misses)" -ge 11900
must kit node1 burst from 10.244.1.1 to 16.201.0.1 packets 1
must kit node1 burst from 10.244.1.2 to 16.202.0.1 packets 1
expect "another sender's question is heard" \
	"$(sleep 1; said slow '^miss l3 16.20[12].0.0/24')" -ge 1
events_are()
{
	[ "$(device node1 miss_event)" -ge "$1" ]
}
ok "those of the first follow" wait_for 60 events_are $((events + 12002))
kill "$SLOW"
must nip node1 link set "$VTEP" down
must nip node1 link set "$VTEP" up

# Idents: packets to two peers in turn
must kit node1 set dev "$VTEP" subnet 16.100.0.0/24 mac "$MAC2" remote "$UNDER2"
must kit node1 set dev "$VTEP" subnet 16.100.1.0/24 mac "$MAC1" remote 198.51.100.9
must nip node1 route replace 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
must nip node1 neigh replace 198.51.100.9 lladdr 02:00:00:00:00:09 dev eth0 nud permanent
ns_background node1 tcpdump -i eth0 -n -l -v --immediate-mode -c 70 'udp dst port 8472 and udp[4:2] >= 100' \
	>"$TMP/outer" 2>"$TMP/outer.log"
WATCH=$BACKGROUND
wait_for 60 grep -q 'listening on' "$TMP/outer.log" || fatal "tcpdump: $(cat "$TMP/outer.log")"
must kit node1 burst from 10.244.1.1 to 16.100.0.1 subnets 2 packets 60 pause-us 2000
wait_for 60 sh -c "! kill -0 $WATCH"
# Those of the outer headers: each inner one has a line of its own, without the time.
sed -n 's/^[0-9:.]* IP ([^)]* id \([0-9]*\),.*/\1/p' "$TMP/outer" >"$TMP/idents"
expect "idents of outer packets were seen" "$(grep -c . "$TMP/idents")" -ge 60
expect "from one to the next they say nothing" \
	"$(awk 'NR > 1 { d = $1 - last; if (d < 0) d = -d; if (d <= 2) n++ } { last = $1 }
		END { print n + 0 }' "$TMP/idents")" -le 10
