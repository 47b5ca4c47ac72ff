#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Messages that are malformed or make no sense are refused, with the right errno and
# with words, and change nothing; batches say which entry was wrong.
#
#    node1 with a device and its tables
set -u
. "$(dirname "$(realpath "$0")")/lib.sh"
. "$SELFTESTS/pair.sh"
need_module

pair
pair_dev 1

while IFS= read -r line; do
	case $line in
	ok\ *)
		check_result 0 "${line#ok }"
		;;
	not\ ok\ *)
		check_result 1 "${line#not ok }" || diag "$line"
		;;
	esac
done < <(kit node1 policy dev "$VTEP")
expect "all of them were tried" "$CHECKS" -ge 60
expect_eq "nothing is left in the lease table" 0 "$(device node1 leases)"
expect_eq "nothing is left in the FDB" 0 "$(device node1 fdb_entries)"

# What shall happen to what is there
must kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.7
refused "add: there is one already" 'errno=17 .*already' \
	kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.8 add
says "and it stays" 'remote 198.51.100.7 ' kit node1 get dev "$VTEP" addr 10.1.1.1
ok "replace" kit node1 set dev "$VTEP" subnet 10.1.1.0/24 remote 198.51.100.8 replace
says "it is replaced" 'remote 198.51.100.8 ' kit node1 get dev "$VTEP" addr 10.1.1.1
refused "replace: there is none" 'errno=2 .*no lease' \
	kit node1 set dev "$VTEP" subnet 10.1.2.0/24 remote 198.51.100.8 replace
not_ok "and none is made" kit node1 get dev "$VTEP" addr 10.1.2.1
says "flags and generation are kept" 'flags 1 generation 7' \
	sh -c "ip netns exec $(ns_name node1) fl-test set dev $VTEP subnet 10.1.3.0/24 \
		remote 198.51.100.8 generation 7 permanent &&
		ip netns exec $(ns_name node1) fl-test get dev $VTEP addr 10.1.3.1"

# FDB: one destination of a unicast MAC, many of the flood list
ok "FDB set" kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.7
ok "FDB set again moves it" kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.8
says "to one place" '^02:00:00:00:00:05 remote 198.51.100.8 ' \
	kit node1 fdb get dev "$VTEP" mac 02:00:00:00:00:05
expect_eq "and no other" 1 "$(wc -l <<<"$OUTPUT")"
refused "FDB add: there is one already" 'errno=17' \
	kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.9 add
refused "FDB append to a unicast MAC" 'errno=17 .*replace it' \
	kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:05 remote 198.51.100.9 append
ok "flood list" kit node1 fdb set dev "$VTEP" remote 198.51.100.7 append
ok "flood list of two" kit node1 fdb set dev "$VTEP" remote 198.51.100.9 append
expect_eq "both are there" 2 "$(kit node1 fdb get dev "$VTEP" | wc -l)"
says "bridge(8) sees them too" '00:00:00:00:00:00 dst 198.51.100.9' ns node1 bridge fdb show dev "$VTEP"
ok "FDB flush" kit node1 fdb flush dev "$VTEP"
expect_eq "empties it" 0 "$(device node1 fdb_entries)"
