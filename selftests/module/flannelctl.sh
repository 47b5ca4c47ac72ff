#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# flannelctl: what it shows, changes and refuses, one by one and in batches; a
# miss answered by hand; events; what it says without privilege.
#
#     pod1            pod2        node1: flannel.1 in L3 mode, no agent;
#      |               |                 eth.2 in Ethernet mode, for the FDB
#    node1 --under-- node2        node2: knows node1 by leases
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
need jq setpriv ping
need_module

MAC2=$(vtep_mac 2)
NET=$(subnet4 2)
NET6=$(subnet6 2)

# flctl ARGUMENT...: on node1
flctl()
{
	ns node1 flannelctl "$@"
}

# json FILTER ARGUMENT...: what flctl says of it, filtered
json()
{
	local filter=$1
	shift
	flctl -j "$@" | jq -r "$filter"
}

lease_count()
{
	json length lease show dev "$VTEP"
}

test_words()
{
	says "--version" '^flannelctl [0-9]' flannelctl --version
	says "--help names the commands" 'lease set dev NAME' flannelctl --help
	says "help, too" 'miss answer' flannelctl help
	refused "no command" 'see flannelctl --help' flannelctl
	refused "unknown command" '"route" is not understood' flannelctl route
	refused "unknown verb" '"eat" is not understood' flannelctl lease eat
	refused "unknown option" 'See flannelctl --help' flannelctl --no-such-thing
	refused "word too many" '"now" is not understood' flctl lease show dev "$VTEP" now
	refused "unknown device" 'no device "nix"' flctl lease show dev nix
	refused "device of another type" 'dev eth0: .*not of type flannel' \
		flctl lease show dev eth0
	refused "unknown namespace" 'namespace no-such-ns' flannelctl -n no-such-ns link
	says "-n enters a namespace" "$VTEP" \
		flannelctl -n "$(ns_name node1)" link show
	not_ok "output to a full device is an error" \
		bash -c "ip netns exec $(ns_name node1) flannelctl link show >/dev/full"
}

test_link()
{
	says "link show names the device" "^[0-9]+: $VTEP: up mtu" flctl link show
	says "and its options" ' mode l3 ' flctl link show dev "$VTEP"
	expect_eq "link show -j: mode" l3 \
		"$(json '.[0].options.mode' link show dev "$VTEP")"
	expect_eq "link show -j: the options are those of ip -d -j link" \
		"$(link_get node1 "$VTEP" '.linkinfo.info_data.miss_retry')" \
		"$(json '.[0].options.miss_retry' link show dev "$VTEP")"
	expect_eq "link show -j: both devices" 2 "$(json length link show)"
	expect_eq "dev is another word for it" 2 "$(json length dev show)"
	expect_eq "-p is the same in many lines" "$(json -c link show | jq -S .)" \
		"$(flctl -j -p link show | jq -S .)"
}

test_lease()
{
	ok "lease add" flctl lease add dev "$VTEP" "$NET" mac "$MAC2" \
		remote 198.51.100.2 remote 2001:db8:100::2 permanent generation 3
	expect_eq "lease show says it in the words that set it" \
		"$NET dev $VTEP mac $MAC2 remote 198.51.100.2 remote 2001:db8:100::2 permanent generation 3" \
		"$(flctl lease show dev "$VTEP")"
	expect_eq "lease show -j" \
		"$NET $MAC2 198.51.100.2 2001:db8:100::2 true 3" \
		"$(json '.[0] | "\(.subnet) \(.mac) \(.remote4) \(.remote6) \(.permanent) \(.generation)"' lease show)"
	refused "lease add of one that is there" \
		"lease add: dev $VTEP: lease $NET: there is already a lease" \
		flctl lease add dev "$VTEP" "$NET" mac "$MAC2" remote 198.51.100.2
	ok "lease set of one that is there" \
		flctl lease set dev "$VTEP" "$NET" mac "$MAC2" remote 198.51.100.9
	expect_eq "it took its place" "1 198.51.100.9 null" \
		"$(json '"\(length) \(.[0].remote4) \(.[0].remote6)"' lease show)"
	ok "lease replace" \
		flctl lease replace dev "$VTEP" "$NET" mac "$MAC2" remote 198.51.100.2
	refused "lease replace of one that is not there" 'there is no lease' \
		flctl lease replace dev "$VTEP" "$NET6" mac "$MAC2" remote 198.51.100.2
	ok "lease of an IPv6 subnet" \
		flctl lease set dev "$VTEP" "$NET6" mac "$MAC2" remote 198.51.100.2
	expect_eq "lease get finds the lease of an address" "$NET" \
		"$(json '.[0].subnet' lease get dev "$VTEP" "$(pod4 2)")"
	expect_eq "lease get, IPv6" "$NET6" \
		"$(json '.[0].subnet' lease get dev "$VTEP" "$(pod6 2)")"
	refused "lease get of an address without one" 'address 10.9.9.9: there is no lease' \
		flctl lease get dev "$VTEP" 10.9.9.9
	ok "lease del" flctl lease del dev "$VTEP" "$NET"
	refused "lease del again" "lease $NET: there is no lease" \
		flctl lease del dev "$VTEP" "$NET"
	must flctl lease set dev "$VTEP" 10.9.0.0/16 mac "$MAC2" remote 192.0.2.1 \
		generation 8
	ok "lease flush except a generation" \
		flctl lease flush dev "$VTEP" except generation 8
	expect_eq "that one is left" 10.9.0.0/16 "$(json '.[].subnet' lease show)"
	ok "lease flush" flctl lease flush dev "$VTEP"
	expect_eq "none is left" 0 "$(lease_count)"
}

# Each is refused, says why, and changes nothing.
test_lease_wrong()
{
	local set=(flctl lease set dev "$VTEP")

	refused "no subnet" 'the subnet is missing' "${set[@]}" mac "$MAC2" remote 192.0.2.1
	refused "no MAC" 'MAC of the peer .*missing' "${set[@]}" "$NET" remote 192.0.2.1
	refused "no remote" 'address of the peer .*missing' "${set[@]}" "$NET" mac "$MAC2"
	refused "no device" 'the device .*missing' \
		flctl lease set "$NET" mac "$MAC2" remote 192.0.2.1
	refused "address instead of a subnet" 'not a subnet' \
		"${set[@]}" 10.1.2.3 mac "$MAC2" remote 192.0.2.1
	refused "host bits" 'did you mean 10.1.2.0/24' \
		"${set[@]}" 10.1.2.3/24 mac "$MAC2" remote 192.0.2.1
	refused "prefix length" 'not a subnet' \
		"${set[@]}" 10.1.2.0/33 mac "$MAC2" remote 192.0.2.1
	refused "MAC of letters" 'not a MAC address' \
		"${set[@]}" "$NET" mac zz:00:00:00:00:01 remote 192.0.2.1
	refused "group MAC" 'lease\.mac' \
		"${set[@]}" "$NET" mac 01:00:5e:00:00:01 remote 192.0.2.1
	refused "remote of letters" 'not an IPv4 or IPv6 address' \
		"${set[@]}" "$NET" mac "$MAC2" remote node2
	refused "multicast remote" 'lease\.remote4' \
		"${set[@]}" "$NET" mac "$MAC2" remote 224.0.0.1
	refused "multicast remote, IPv6" 'lease\.remote6' \
		"${set[@]}" "$NET" mac "$MAC2" remote ff02::1
	refused "two remotes of a family" 'only one remote per' \
		"${set[@]}" "$NET" mac "$MAC2" remote 192.0.2.1 remote 192.0.2.2
	refused "generation of letters" 'not a number' \
		"${set[@]}" "$NET" mac "$MAC2" remote 192.0.2.1 generation x
	expect_eq "nothing was changed" 0 "$(lease_count)"
}

test_fdb()
{
	local mac=02:00:00:00:00:09

	ok "fdb add" flctl fdb add dev eth.2 "$mac" remote 192.0.2.9
	refused "fdb add of one that is there" "FDB entry $mac: there is" \
		flctl fdb add dev eth.2 "$mac" remote 192.0.2.9
	ok "fdb replace" flctl fdb replace dev eth.2 "$mac" dst 192.0.2.10
	expect_eq "fdb get" 192.0.2.10 \
		"$(json '.[0].remote' fdb get dev eth.2 "$mac")"
	ok "fdb set grows the flood list" flctl fdb set dev eth.2 \
		00:00:00:00:00:00 remote 192.0.2.1
	ok "fdb append, with all words" flctl fdb append dev eth.2 00:00:00:00:00:00 \
		remote 192.0.2.2 port 4789 vni 77 via eth0
	expect_eq "fdb show -j" '["192.0.2.1","192.0.2.2",4789,77,"eth0","permanent"]' \
		"$(json '[.[0].remote, .[1].remote, .[1].port, .[1].vni, .[1].via, .[1].state] | tojson' fdb show dev eth.2)"
	says "bridge(8) sees the same" '192.0.2.2 port 4789 vni 77 via eth0 .*permanent' \
		ns node1 bridge fdb show dev eth.2
	refused "fdb del of a remote that is not there" 'there is no FDB entry' \
		flctl fdb del dev eth.2 00:00:00:00:00:00 remote 192.0.2.3
	ok "fdb del of one remote" flctl fdb del dev eth.2 00:00:00:00:00:00 \
		remote 192.0.2.1
	expect_eq "the other one is left" 2 "$(json length fdb show dev eth.2)"
	refused "no remote" 'remote ADDRESS.*missing' flctl fdb add dev eth.2 "$mac"
	refused "port out of range" 'not a number from 1 to 65535' \
		flctl fdb add dev eth.2 "$mac" remote 192.0.2.1 port 65536
	ok "fdb flush" flctl fdb flush dev eth.2
	expect_eq "none is left" 0 "$(json length fdb show dev eth.2)"
}

batch_leases()
{
	awk -v verb="$1" -v n="$2" -v words="$3" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "lease %s dev flannel.1 10.%d.%d.%d/28 %s\n", verb,
				i / 4096, i / 16 % 256, i % 16 * 16, words
	}'
}

test_batch()
{
	local n=20000 began took

	batch_leases set $n "mac $MAC2 remote 192.0.2.1 generation 5" >"$TMP/batch"
	began=$(date +%s%N)
	ok "a batch of $n leases" flctl -b "$TMP/batch"
	took=$((($(date +%s%N) - began) / 1000000))
	diag "$n leases took $took ms"
	expect_eq "all of them are there" $n "$(lease_count)"

	batch_leases del $n "" | sed '100s/.*/# a comment/; 200s/.*//' >"$TMP/batch"
	ok "a batch from standard input, with a comment and an empty line" \
		ns node1 bash -c "flannelctl -b - <$TMP/batch"
	expect_eq "what it did not name is left" 2 "$(lease_count)"
	must flctl lease flush dev "$VTEP"

	{
		batch_leases add 3000 "mac $MAC2 remote 192.0.2.1"
		batch_leases add 1 "mac $MAC2 remote 192.0.2.1"
		batch_leases set 3100 "mac $MAC2 remote 192.0.2.1"
	} >"$TMP/batch"
	refused "an entry that is refused is named by its line" \
		'batch, line 3001 .*lease 10.0.0.0/28: there is already a lease' \
		flctl -b "$TMP/batch"
	expect_eq "those before it are there" 3000 "$(lease_count)"
	must flctl lease flush dev "$VTEP"

	{
		batch_leases add 10 "mac $MAC2 remote 192.0.2.1"
		echo "lease add dev $VTEP 10.1.0.0/8 mac $MAC2 remote 192.0.2.1"
	} >"$TMP/batch"
	refused "a line that is wrong is named" 'batch, line 11: .*did you mean 10.0.0.0/8' \
		flctl -b "$TMP/batch"
	expect_eq "and nothing was changed" 0 "$(lease_count)"
	echo "lease show" >"$TMP/batch"
	refused "only changes are for batches" 'cannot be used in a batch' \
		flctl -b "$TMP/batch"
	refused "no such file" 'cannot open .*nowhere: No such file' \
		flctl -b "$TMP/nowhere"
	printf 'fdb append dev eth.2 0:0:0:0:0:0 remote 192.0.2.1\n' >"$TMP/batch"
	refused "a MAC is written in full" 'not understood' flctl -b "$TMP/batch"
	cat >"$TMP/batch" <<-END
		fdb append dev eth.2 00:00:00:00:00:00 remote 192.0.2.1
		fdb append dev eth.2 00:00:00:00:00:00 remote 192.0.2.2
		lease set dev $VTEP 10.7.0.0/24 mac $MAC2 remote 192.0.2.1
		fdb del dev eth.2 00:00:00:00:00:00 remote 192.0.2.1
		lease flush dev $VTEP
	END
	ok "commands of several kinds, in their order" flctl -b "$TMP/batch"
	expect_eq "FDB entries of it" 192.0.2.2 "$(json '.[].remote' fdb show)"
	expect_eq "leases of it" 0 "$(lease_count)"
	must flctl fdb flush dev eth.2
}

# Somebody who listens, or nothing is asked.
monitor_start()
{
	: >"$TMP/events"
	# Not through a function: it is this process that is ended.
	nsenter "--net=/run/netns/$(ns_name node1)" flannelctl "$@" monitor \
		>"$TMP/events" 2>"$TMP/monitor.log" &
	MONITOR=$!
	wait_for 60 ctl_listens || fatal "monitor listens: $(cat "$TMP/monitor.log")"
}

# A change is seen as soon as the monitor has joined.
ctl_listens()
{
	flctl lease set dev eth.2 10.99.0.0/24 mac "$MAC2" remote 192.0.2.99
	grep -q 10.99.0.0/24 "$TMP/events"
}

monitor_stop()
{
	kill "$MONITOR"
	wait "$MONITOR" 2>/dev/null
}

event_seen()
{
	grep -qE -- "$1" "$TMP/events"
}

# pending KIND: flannelctl shows a miss of that kind that waits
pending()
{
	[ "$(json "[.[] | select(.kind == \"$1\" and .state == \"pending\")] | length" \
		miss show)" -gt 0 ]
}

test_miss()
{
	monitor_start
	ns pod1 ping -q -c 1 -W 60 "$(pod4 2)" >"$TMP/ping" 2>&1 &
	PING=$!
	ok "miss show has what is asked for" wait_for 60 pending l3
	expect_eq "miss show -j: subnet, target and parked packets" \
		"$NET $(pod4 2) 1" \
		"$(json '.[0] | "\(.subnet) \(.target) \(.packets)"' miss show dev "$VTEP")"
	ok "miss answer" flctl miss answer dev "$VTEP" "$NET" mac "$MAC2" \
		remote "$(underlay4 2)"
	wait "$PING"
	says "the packet that waited was not lost" ' 1 received' cat "$TMP/ping"
	ok "monitor showed the miss" wait_for 60 event_seen \
		"^miss l3 $NET dev $VTEP target $(pod4 2) pending try 1 seq"
	ok "monitor showed the lease" wait_for 60 event_seen \
		"^lease set $NET dev $VTEP mac $MAC2 remote $(underlay4 2)"

	ns pod1 ping -q -c 1 -W 60 10.244.77.7 >"$TMP/ping" 2>&1 &
	PING=$!
	ok "a miss of what does not exist" wait_for 60 pending l3
	ok "miss answer none" flctl miss answer dev "$VTEP" 10.244.77.0/24 none
	wait "$PING"
	says "the sender is told" '\+1 errors' cat "$TMP/ping"
	says "it is remembered" '^l3 10.244.77.0/24 .* negative ' flctl miss show
	ok "an answer that nobody waits for is no error" \
		flctl miss answer dev "$VTEP" 10.244.78.0/24 none
	refused "miss answer without an answer" 'the answer is missing' \
		flctl miss answer dev "$VTEP" 10.244.78.0/24
	must flctl lease del dev "$VTEP" "$NET"
	ok "monitor showed that the lease went" wait_for 60 event_seen \
		"^lease del $NET dev $VTEP"
	must flctl fdb add dev eth.2 02:00:00:00:00:09 remote 192.0.2.9
	must flctl fdb del dev eth.2 02:00:00:00:00:09
	ok "monitor showed the FDB entry" wait_for 60 event_seen \
		'^fdb set 02:00:00:00:00:09 dev eth.2 remote 192.0.2.9'
	ok "and that it went" wait_for 60 event_seen '^fdb del 02:00:00:00:00:09'
	monitor_stop

	monitor_start -j -t
	must flctl lease set dev "$VTEP" "$NET" mac "$MAC2" remote "$(underlay4 2)"
	ok "monitor -j -t" wait_for 60 event_seen "\"subnet\":\"$NET\""
	expect_eq "an object a line, with event and time" "lease set true" \
		"$(jq -r "select(.subnet == \"$NET\") | \"\(.event) \(.time | test(\"^20.*Z\$\"))\"" \
		"$TMP/events" | tail -n 1)"
	monitor_stop
}

test_stats()
{
	says "stats shows counters that are not zero" '^ +miss_event +[1-9]' \
		flctl stats dev "$VTEP"
	expect_eq "and no others" 0 "$(flctl stats dev "$VTEP" | grep -c ' 0$')"
	expect_eq "all of them on demand, those of ethtool -S" \
		"$(ns node1 ethtool -S "$VTEP" | sed -n 's/^ *\([a-z].*[a-z0-9]\):.*/\1/p' | sort | tr '\n' ' ')" \
		"$(flctl stats dev "$VTEP" all | awk 'NF == 2 { print $1 }' | sort | tr '\n' ' ')"
	expect_eq "stats -j" "$(counter node1 "$VTEP" miss_found)" \
		"$(json '.[0].stats.miss_found' stats dev "$VTEP")"
}

# unprivileged ARGUMENT...: on node1 as nobody
unprivileged()
{
	ns node1 setpriv --reuid 65534 --regid 65534 --clear-groups \
		"$(command -v flannelctl)" "$@"
}

test_privilege()
{
	refused "leases are for the administrator" 'CAP_NET_ADMIN' \
		unprivileged lease show
	refused "so are changes" 'CAP_NET_ADMIN' \
		unprivileged lease flush dev "$VTEP"
	refused "and events" 'CAP_NET_ADMIN|Operation not permitted' \
		unprivileged monitor
}

nodes 2
node_flannel 1 4 mode l3 miss_retry 20000 \
	miss_negative 600000		# the answers are typed by hand
node_flannel 2 4 mode l3
overlay_routes 1
overlay_routes 2
peer_lease 2 1 4
must nip node1 link add eth.2 type flannel id 2
must nip node1 link set eth.2 up

test_words
test_link
test_lease
test_lease_wrong
test_fdb
test_batch
test_miss
test_stats
test_privilege
