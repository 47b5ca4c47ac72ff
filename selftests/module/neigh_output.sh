#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Packets that others than the IP stack give to the neighbours of the device: netfilter's
# "fwd to", at the ingress and at the egress of another device. They come with the MAC
# header of where they were, some of them as one for several (UDP_SEGMENT). The kernel's
# vxlan carries them, so we do.
#
#    node3 x1 203.0.113.3 --- 203.0.113.1 x0 node1: "fwd to 16.9.0.1 device flannel.1"
#    node1 flannel.1 ======== flannel.1 node2, which takes all of 16.0.0.0/8
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need nft python3
need_module

# send NAME: 20 datagrams to port 9 of node2, and 20 more by two calls
send()
{
	ns "$1" python3 - <<-'END'
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	for i in range(20):
	    s.sendto(b"a" * 200, ("16.9.0.1", 9))
	s.setsockopt(socket.SOL_UDP, 103, 200)	# UDP_SEGMENT
	for i in range(2):
	    s.sendto(b"b" * 2000, ("16.9.0.1", 9))
	END
}

# receive FILE: how many arrive at node2, and how many of them whole
receive()
{
	cat >"$TMP/receive.py" <<-'END'
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(("", 9))
	s.settimeout(15)
	print("ready", flush=True)
	n = whole = 0
	try:
	    while n < 40:
	        data = s.recv(9000)
	        n += 1
	        whole += data in (b"a" * 200, b"b" * 200)
	        s.settimeout(5)
	except socket.timeout:
	    pass
	print(n, whole)
	END
	ns_background node2 python3 "$TMP/receive.py" >"$TMP/$1"
	RECEIVER=$BACKGROUND
	wait_for 20 grep -q ready "$TMP/$1" || fatal "a receiver at node2 starts"
}

# brings NAME: what that node sends arrives
brings()
{
	receive arrived
	send "$1" && wait "$RECEIVER"
	tail -n 1 "$TMP/arrived"
}

# forwards WHERE DEVICE
forwards()
{
	must ns node1 nft -f - <<-END
		table netdev forward {
			chain at {
				type filter hook $1 device "$2" priority 0
				ip daddr 16.9.0.0/16 udp dport 9 fwd ip to 16.9.0.1 device "$VTEP"
			}
		}
	END
}

# carries KIND: 40 of 40, from the egress and from the ingress of x0
carries()
{
	forwards egress x0
	expect_eq "$1: datagrams from an egress hook arrive" "40 40" "$(brings node1)"
	must ns node1 nft delete table netdev forward
	forwards ingress x0
	expect_eq "$1: datagrams from an ingress hook arrive" "40 40" "$(brings node3)"
	must ns node1 nft delete table netdev forward
}

pair
ns_create node3
veth node1 x0 node3 x1
must nip node1 address add 203.0.113.1/24 dev x0
must nip node1 link set x0 up
must nip node1 neigh add 203.0.113.2 lladdr 02:00:00:00:00:55 dev x0 nud permanent
must nip node1 route add 16.9.0.0/16 via 203.0.113.2 dev x0
must nip node3 address add 203.0.113.3/24 dev x1
must nip node3 link set x1 up
must nip node3 route add 16.9.0.0/16 via 203.0.113.1
sysctl_set node1 net.ipv4.ip_forward=1

for n in 1 2; do
	must nip "node$n" link add "$VTEP" address "02:f1:a0:00:00:0$n" type vxlan id 1 \
		dev eth0 local "198.51.100.$n" dstport 8472 nolearning
	must nip "node$n" link set "$VTEP" up
done
must nip node1 neigh add 16.9.0.1 lladdr "$MAC2" dev "$VTEP" nud permanent
must ns node1 bridge fdb add "$MAC2" dev "$VTEP" dst "$UNDER2" self permanent
carries vxlan
for n in 1 2; do
	must nip "node$n" link del "$VTEP"
done

for n in 1 2; do
	pair_dev "$n"
done
must kit node1 set dev "$VTEP" subnet 16.9.0.0/16 mac "$MAC2" remote "$UNDER2"
must kit node2 set dev "$VTEP" subnet 10.244.1.0/24 mac "$MAC1" remote "$UNDER1"
for way in off auto on; do
	option node1 fastpath "$way"
	carries "flannel, fastpath $way"
done
expect_eq "nothing was given up" 0 "$(lost node1)"
