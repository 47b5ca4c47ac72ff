#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# README's quick start, pasted: what is printed there is run here as it stands, on node A
# beside a node as stock flannel sets it up, and the other way round on B.
#
#   node1, "A"                 node2, "B"
#   eth0 192.0.2.1 ----------- eth0 192.0.2.2
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need flannelctl ethtool bridge
need_module

README=$SELFTESTS/../README.md
[ -r "$README" ] || skip_all "there is no README.md beside selftests"

MAC_B=02:00:00:00:00:02

# blocks HEADING: the shell commands below it
blocks()
{
	awk -v heading="## $1" '
		/^## / { here = $0 == heading }
		/^```/ { inside = here && /^```sh$/; next }
		inside' "$README"
}

# swapped: the same for the other node
swapped()
{
	sed -e 's/10\.244\.1\./10.244.X./g; s/10\.244\.2\./10.244.1./g; s/10\.244\.X\./10.244.2./g' \
		-e 's/10:244:1:/10:244:X:/g; s/10:244:2:/10:244:1:/g; s/10:244:X:/10:244:2:/g' \
		-e 's/:00:01/:00:XX/g; s/:00:02/:00:01/g; s/:00:XX/:00:02/g' \
		-e 's/192\.0\.2\.2/192.0.2.1/g'
}

nodes_up()
{
	local n

	ns_create node1 node2
	veth node1 eth0 node2 eth0
	for n in 1 2; do
		must nip "node$n" address add "192.0.2.$n/24" dev eth0
		must nip "node$n" link set eth0 up
		# Where a pod would be
		must nip "node$n" address add "10.244.$n.9/32" dev lo
		must nip "node$n" address add "fd00:10:244:$n::9/128" dev lo nodad
	done
}

# As flanneld does it
stock_b()
{
	must nip node2 link add flannel.1 address "$MAC_B" type vxlan id 1 dev eth0 \
		local 192.0.2.2 dstport 8472 nolearning
	must nip node2 link set flannel.1 up
	must nip node2 address add 10.244.2.0/32 dev flannel.1
	must nip node2 address add fd00:10:244:2::/128 dev flannel.1 nodad
	must nip node2 route add 10.244.1.0/24 via 10.244.1.0 dev flannel.1 onlink
	must nip node2 route add fd00:10:244:1::/64 via fd00:10:244:1:: dev flannel.1 onlink
	must nip node2 neigh add 10.244.1.0 lladdr 02:00:00:00:00:01 dev flannel.1
	must nip node2 neigh add fd00:10:244:1:: lladdr 02:00:00:00:00:01 dev flannel.1
	must ns node2 bridge fdb add 02:00:00:00:00:01 dev flannel.1 dst 192.0.2.1
}

reaches()
{
	ns node1 ping -n -c 3 -i 0.2 -W 5 "$1"
}

start=$(blocks "Quick start: two nodes by hand")
expect "README has a quick start" "$(wc -l <<<"$start")" -ge 8

nodes_up
stock_b
ok "A: each command works as printed" ns node1 bash -e <<<"$start"
ok "A reaches a stock B over IPv4" reaches 10.244.2.9
ok "and over IPv6" reaches fd00:10:244:2::9
must nip node2 link del flannel.1
ok "B: so do they the other way round" ns node2 bash -e <<<"$(swapped <<<"$start")"
ok "both of ours reach each other over IPv4" reaches 10.244.2.9
ok "and over IPv6" reaches fd00:10:244:2::9

# What goes on until somebody ends it, and what asks an agent, is for a person.
while IFS= read -r line; do
	ok "to look at it: ${line%%#*}" ns node1 bash -e <<<"$line"
done < <(blocks "Look at it" | grep -vE 'monitor|^curl|^perf')
