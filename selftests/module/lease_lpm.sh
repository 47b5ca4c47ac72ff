#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The lease table finds the longest prefix: IPv4 and IPv6 prefixes of all lengths,
# set, replaced and withdrawn at random, and each look-up compared with a model that
# looks at every lease. Then a packet follows it.
#
#    flannel.1 with 200 leases at a time
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

pair_up
for seed in 1 2 3; do
	ok "random tables are like the model, seed $seed" kit node1 lpm dev "$VTEP" \
		rounds 8 leases 200 lookups 300 seed "$seed"
	expect "some look-ups find a lease" "$(sed -n 's/hits=\([0-9]*\).*/\1/p' <<<"$OUTPUT")" \
		-gt 100
	expect "and some do not" "$(sed -n 's/.*misses=//p' <<<"$OUTPUT")" -gt 20
	must kit node1 flush dev "$VTEP"
done
expect_eq "the table is empty" 0 "$(device node1 leases)"

# Longest match as packets see it: node2 is right, 198.51.100.99 is nobody.
must kit node1 set dev "$VTEP" subnet 16.0.0.0/8 mac "$MAC2" remote 198.51.100.99
must kit node1 set dev "$VTEP" subnet 16.1.0.0/16 mac "$MAC2" remote "$UNDER2"
must kit node1 set dev "$VTEP" subnet 16.1.2.0/24 mac "$MAC2" remote 198.51.100.99
must kit node1 set dev "$VTEP" subnet 16.1.2.3/32 mac "$MAC2" remote "$UNDER2"
ok "the middle of three lengths" ns node1 ping -q -c 1 -W 5 16.1.9.9
ok "a host lease" ns node1 ping -q -c 1 -W 5 16.1.2.3
not_ok "its neighbour has the longer prefix's VTEP" ns node1 ping -q -c 1 -W 1 16.1.2.4
must kit node1 del dev "$VTEP" subnet 16.1.2.0/24
ok "until that is withdrawn" ns node1 ping -q -c 1 -W 5 16.1.2.4
must kit node1 set dev "$VTEP" subnet 0.0.0.0/0 mac "$MAC2" remote "$UNDER2"
must kit node1 del dev "$VTEP" subnet 16.0.0.0/8
ok "a lease of everything" ns node1 ping -q -c 1 -W 5 16.200.1.1
must kit node1 set dev "$VTEP" subnet ::/0 mac "$MAC2" remote "$UNDER2"
ok "a lease of everything, IPv6" ns node1 ping -q -c 1 -W 5 fd16:1::1
must kit node1 set dev "$VTEP" subnet fd16:2::/32 mac "$MAC2" remote 198.51.100.99
must kit node1 set dev "$VTEP" subnet fd16:2::1/128 mac "$MAC2" remote "$UNDER2"
ok "a host lease, IPv6" ns node1 ping -q -c 1 -W 5 fd16:2::1
not_ok "its neighbour, IPv6" ns node1 ping -q -c 1 -W 1 fd16:2::2
