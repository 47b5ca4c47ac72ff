# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# shellcheck disable=SC2034 # variables are read by workloads.sh
# The cost of large tables: lookups among many leases, and installing many peers, with
# the nodes of topology.sh.

LOOKUP_LEASES=(1 1000 100000 1000000)
LEASE_LENGTH=28
OUR_PEERS=100000
VXLAN_PEERS=(2500 5000 7500 10000)

scale_topology()
{
	OVERHEAD=$(path_overhead "$1")
	topology_make
	path_make "$1"
}

# Lookups
# -------
# Packets to random addresses of all leases. All leases point to node2, which passes
# every packet to pod2. The packet generator picks the addresses; that costs the same
# for any number of leases.

scale_lookups()
{
	local leases have=0

	scale_topology flannel-auto
	leases_flush
	must nip node2 route add "$(subnet 1)" dev flannel.1
	must nip node2 route replace 10.0.0.0/8 via "$(pod 2)" dev cni0
	for leases in "${LOOKUP_LEASES[@]}"; do
		must ns node1 "$TRAFFIC/leases" --same flannel.1 \
			"$(nth_subnet "$have")/$LEASE_LENGTH" $((leases - have)) \
			"$(underlay 2)" "$(vtep_mac 2)"
		have=$leases
		PKTGEN_MORE="flag IPDST_RND;dst_min $(nth_subnet 0);dst_max $(nth_subnet "$leases" -1)"
		measure udp64
		PKTGEN_MORE=
		record_lookup "$leases"
	done
}

# nth_subnet N [OFFSET]: the first address of the Nth subnet, plus OFFSET
nth_subnet()
{
	local at=$(((10 << 24) + ($1 << (32 - LEASE_LENGTH)) + ${2:-0}))

	echo "$((at >> 24)).$((at >> 16 & 255)).$((at >> 8 & 255)).$((at & 255))"
}

# Installation
# ------------
# The same peers: 10.0.0.0/28 and the following subnets, each with its own address and
# MAC address. The time is that of the whole program, from its start.

# peers FORMAT FROM TO: print subnet, remote, MAC and VTEP address with FORMAT
peers()
{
	awk -v format="$1" -v from="$2" -v to="$3" -v bits=$((32 - LEASE_LENGTH)) '
	function dotted(n) {
		return int(n / 16777216) "." int(n / 65536) % 256 "." \
			int(n / 256) % 256 "." n % 256
	}
	BEGIN {
		words = split(format, word, " ")
		for (i = from; i < to; i++) {
			vtep = dotted(10 * 16777216 + i * 2 ^ bits)
			value["SUBNET"] = vtep "/" 32 - bits
			value["VTEP"] = vtep
			value["REMOTE"] = dotted(172 * 16777216 + 16 * 65536 + i)
			value["MAC"] = sprintf("02:aa:00:%02x:%02x:%02x",
				int(i / 65536) % 256, int(i / 256) % 256, i % 256)
			line = ""
			for (w = 1; w <= words; w++)
				line = line (word[w] in value ? value[word[w]] : word[w]) " "
			print line
		}
	}'
}

# timed COMMAND...: run it and set COST
timed()
{
	local begin=${EPOCHREALTIME//[!0-9]/}

	must "$@"
	COST=$(((${EPOCHREALTIME//[!0-9]/} - begin) * 1000))
}

scale_install_ours()
{
	local batch=/tmp/leases

	scale_topology flannel-auto
	leases_flush
	peers "lease set dev flannel.1 SUBNET mac MAC remote REMOTE" 0 "$OUR_PEERS" >"$batch"
	timed ns node1 "$FLANNEL_BUILD/tools/bin/flannelctl" -b "$batch"
	rm -f "$batch"
	record_install flannel flannelctl "$OUR_PEERS" "$(leases_there)"

	leases_flush
	timed ns node1 "$TRAFFIC/leases" flannel.1 10.0.0.0/$LEASE_LENGTH "$OUR_PEERS" \
		172.16.0.0 02:aa:00:00:00:00
	record_install flannel library "$OUR_PEERS" "$(leases_there)"
}

# The other node's entry is not part of the measurement.
leases_flush()
{
	must ns node1 "$FLANNEL_BUILD/tools/bin/flannelctl" lease flush dev flannel.1
}

leases_there()
{
	ns node1 "$FLANNEL_BUILD/tools/bin/flannelctl" -j link show dev flannel.1 |
		jq '[.. | objects | .leases? // empty | numbers] | add'
}

scale_install_vxlan()
{
	local total=0 from=0 to

	scale_topology vxlan
	for to in "${VXLAN_PEERS[@]}"; do
		peers "route add SUBNET via VTEP dev flannel.1 onlink" "$from" "$to" >/tmp/routes
		peers "neigh add VTEP dev flannel.1 lladdr MAC nud permanent" "$from" "$to" >/tmp/neighbours
		peers "fdb add MAC dev flannel.1 dst REMOTE self permanent" "$from" "$to" >/tmp/fdb
		timed ip -n node1 -batch /tmp/routes
		total=$((total + COST))
		timed ip -n node1 -batch /tmp/neighbours
		total=$((total + COST))
		timed bridge -n node1 -batch /tmp/fdb
		total=$((total + COST))
		COST=$total
		record_install vxlan batch "$to" "$(vxlan_peers_there)"
		from=$to
	done
	rm -f /tmp/routes /tmp/neighbours /tmp/fdb
}

# At most the number of peers that have all three entries
vxlan_peers_there()
{
	{
		nip node1 route show dev flannel.1 | grep -c 'via 10\.[0-9]*\.[0-9]*\.[0-9]* onlink *$'
		nip node1 neigh show dev flannel.1 | grep -c '02:aa:'
		bridge -n node1 fdb show dev flannel.1 | grep -c 'dst 172\.'
	} | sort -n | head -n 1
}
