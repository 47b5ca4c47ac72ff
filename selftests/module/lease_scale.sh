#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# 100,000 leases: each takes at most 256 bytes of kernel memory all told, they are
# dumped completely, replaced by generation, flushed, and leave nothing behind. And
# they are installed in at most 1/50 of the time in which ip(8) and bridge(8) program
# as many peers into a vxlan device (which is measured with fewer: its cost a peer
# only grows).
#
#    node1: flannel.1 with 100,000 peers, vxlan0 with 4,000
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need_module

LEASES=${LEASES:-100000}
PEERS=${PEERS:-4000}

# Memory in use, in bytes: slab, per-CPU and vmalloc (large hash tables)
memory()
{
	awk '/^(Slab|Percpu|VmallocUsed):/ { n += $2 } END { print n * 1024 }' /proc/meminfo
}

# RCU frees what it was to free, the tables are resized, and the allocator gives back
# what it and its other users keep in reserve: newer kernels keep a tenth of a table.
settle()
{
	local shrink

	sync
	sleep 2
	for shrink in /sys/kernel/slab/*/shrink; do
		echo 1 >"$shrink"
	done
	echo 3 >/proc/sys/vm/drop_caches
}

pair
pair_dev 1

must kit node1 load dev "$VTEP" count 100
must kit node1 flush dev "$VTEP"
settle
before=$(memory)
ok "$LEASES leases are installed" kit node1 load dev "$VTEP" count "$LEASES"
load_ms=${OUTPUT#ms=}
settle
after=$(memory)
expect_eq "all are in the table" "$LEASES" "$(device node1 leases)"
each=$(((after - before) / LEASES))
diag "$each bytes a lease; installed in $load_ms ms"
expect "a lease takes some memory" "$each" -ge 64
expect "a lease takes at most 256 bytes" "$each" -le 256
says "a dump shows each" "^count=$LEASES interrupted=0" kit node1 dump lease dev "$VTEP" count
kit node1 dump lease dev "$VTEP" | cut -d ' ' -f 1 | sort -u >"$TMP/subnets"
expect_eq "once" "$LEASES" "$(wc -l <"$TMP/subnets")"
says "a look-up among them" '^16.1.2.0/24 ' kit node1 get dev "$VTEP" addr 16.1.2.3

ok "all are set again with a new generation" kit node1 load dev "$VTEP" count "$LEASES" \
	generation 2
ok "half are set with another" kit node1 load dev "$VTEP" count $((LEASES / 2)) generation 3
ok "the old half is swept" kit node1 flush dev "$VTEP" generation 3
expect_eq "the new half stays" $((LEASES / 2)) "$(device node1 leases)"
ok "flush" kit node1 flush dev "$VTEP"
expect_eq "leaves none" 0 "$(device node1 leases)"
says "nor shows one" '^count=0 ' kit node1 dump lease dev "$VTEP" count
settle
kept=$(($(memory) - before))
diag "$kept bytes are left of $((after - before))"
expect "nor keeps their memory" "$kept" -le $(((after - before) / 20))

# The same peers in vxlan
must nip node1 link add vxlan0 type vxlan id 7 dev eth0 local "$UNDER1" dstport 4789 nolearning
must nip node1 link set vxlan0 up
awk -v n="$PEERS" 'BEGIN {
	for (i = 0; i < n; i++) {
		mac = sprintf("02:00:00:00:%02x:%02x", i / 256, i % 256)
		via = sprintf("17.%d.%d.0", i / 256, i % 256)
		print "route add " via "/24 via " via " dev vxlan0 onlink"
		print "neigh add " via " lladdr " mac " dev vxlan0 nud permanent"
	}
}' >"$TMP/ip"
awk -v n="$PEERS" 'BEGIN {
	for (i = 0; i < n; i++)
		printf "fdb add 02:00:00:00:%02x:%02x dev vxlan0 dst 172.16.%d.%d self permanent\n",
			i / 256, i % 256, i / 256, i % 256
}' >"$TMP/bridge"
begin=$(date +%s%N)
must ns node1 ip -batch "$TMP/ip"
must ns node1 bridge -batch "$TMP/bridge"
vxlan_us=$((($(date +%s%N) - begin) / 1000))
ok "$PEERS leases are installed" kit node1 load dev "$VTEP" count "$PEERS"
must kit node1 flush dev "$VTEP"
diag "vxlan: $((vxlan_us / PEERS)) us a peer with $PEERS; flannel: $((load_ms * 1000 / LEASES)) us a lease with $LEASES"
expect "a peer in vxlan takes at least 50 times as long" \
	$((vxlan_us * LEASES / PEERS)) -ge $((load_ms * 1000 * 50))
