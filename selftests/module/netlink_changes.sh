#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Change notifications, batches, and dumps that notice that the table has changed.
#
#    node1 with a device and somebody who listens
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

pair
pair_dev 1
background events node1 changes for 1000000
EVENTS=$BACKGROUND
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 remote 198.51.100.7
ok "a lease is set" hears events "^lease-set 16.1.0.0/24 remote 198.51.100.7 dev $VTEP\$"
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 remote 198.51.100.8
ok "replaced" hears events '^lease-set 16.1.0.0/24 remote 198.51.100.8'
must kit node1 del dev "$VTEP" subnet 16.1.0.0/24
ok "withdrawn" hears events '^lease-del 16.1.0.0/24 remote 198.51.100.8'
must kit node1 load dev "$VTEP" count 200 generation 1
must kit node1 load dev "$VTEP" count 100 generation 2
must kit node1 flush dev "$VTEP" generation 2
ok "swept" hears events '^lease-del 16.0.199.0/24'
expect_eq "one event for each lease that went" 101 "$(said events '^lease-del')"
expect_eq "and for each that was set" 302 "$(said events '^lease-set')"
must ns node1 bridge fdb add 02:00:00:00:00:05 dev "$VTEP" dst 198.51.100.7 self
ok "an FDB entry is set" hears events '^fdb-set 02:00:00:00:00:05 remote 198.51.100.7'
must kit node1 fdb del dev "$VTEP" mac 02:00:00:00:00:05
ok "removed" hears events '^fdb-del 02:00:00:00:00:05 remote 198.51.100.7'
ns node1 bridge monitor fdb >"$TMP/bridge" 2>&1 &
BRIDGE=$!
sleep 1
must kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:06 remote 198.51.100.7
ok "bridge(8) hears of it too" wait_for 10 grep -q '02:00:00:00:00:06 dev flannel.1 dst 198.51.100.7' "$TMP/bridge"
kill "$BRIDGE"
must nip node1 link del "$VTEP"
ok "the end of a device withdraws its leases" hears events '^lease-del 16.0.99.0/24'
expect_eq "nothing was lost" 0 "$(said events '^lost')"
kill "$EVENTS"

# A batch stops at what is wrong, says where, and keeps what came before
pair_dev 1
must kit node1 set dev "$VTEP" subnet 16.0.40.0/24 remote 198.51.100.7
refused "a batch with an entry that is there already" 'index=40 errno=17 .*16.0.40.0/24.*already' \
	kit node1 load dev "$VTEP" count 100 add
expect_eq "what came before is installed" 41 "$(device node1 leases)"
must kit node1 flush dev "$VTEP"

# Dumps
must kit node1 load dev "$VTEP" count 5000
says "a dump of a table that rests" '^count=5000 interrupted=0' kit node1 dump lease dev "$VTEP" count
says "is not interrupted" '^entries=5000 interrupted=0' kit node1 slowdump dev "$VTEP"
says "one of a table that changes says so" 'interrupted=1$' kit node1 slowdump dev "$VTEP" change
must kit node1 load dev "$VTEP" count 5000
says "one of a table that grows says so" 'interrupted=1$' kit node1 slowdump dev "$VTEP" grow
expect_eq "nothing that stays is left out of a dump that was not interrupted" \
	"$(device node1 leases)" "$(kit node1 dump lease dev "$VTEP" | cut -d ' ' -f 1 | sort -u | wc -l)"

# Two devices at once
must nip node1 link add flannel.5 type flannel id 5 dev eth0 local "$UNDER1"
must kit node1 set dev flannel.5 subnet 16.77.0.0/24 remote 198.51.100.7
leases=$(device node1 leases)
says "a dump without a device shows all devices" "^count=$((leases + 1)) interrupted=0" \
	kit node1 dump lease count
says "a dump of one shows that one" '^count=1 ' kit node1 dump lease dev flannel.5 count
