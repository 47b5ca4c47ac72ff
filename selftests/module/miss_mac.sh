#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Ethernet mode: a unicast frame whose MAC is in no table is a miss like any other.
#
#    listener                    sink
#    node1 flannel.1 ----------- flannel.1 node2
#    16.0.0.0/8 via 10.244.2.0 onlink       16.0.0.0/8 is local
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/pair.sh"
need python3
need_module

pair
pair_dev 1 mode ethernet miss_retry 60000
pair_dev 2 mode ethernet
must kit node2 fdb set dev "$VTEP" mac "$MAC1" remote "$UNDER1"
must nip node2 neigh add 10.244.1.0 lladdr "$MAC1" dev "$VTEP" nud permanent

# hop SUBNET MAC: a next hop as flannel makes it
hop()
{
	must nip node1 neigh replace "$1" lladdr "$2" dev "$VTEP" nud permanent
	must nip node1 route replace "$1/24" via "$1" dev "$VTEP" onlink src 10.244.1.0
}

# create_only MAC REMOTE: RTM_NEWNEIGH with no other word than NLM_F_CREATE
create_only()
{
	ns node1 python3 - "$VTEP" "$@" <<-'EOF'
		import errno, socket, struct, sys
		attr = lambda kind, data: struct.pack("HH", 4 + len(data), kind) + data + bytes(-len(data) % 4)
		mac = bytes.fromhex(sys.argv[2].replace(":", ""))
		body = struct.pack("BxHiHBB", socket.AF_BRIDGE, 0, socket.if_nametoindex(sys.argv[1]),
				   0x80, 0x02, 0)
		body += attr(2, mac) + attr(1, socket.inet_aton(sys.argv[3]))
		rtnl = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
		rtnl.send(struct.pack("IHHII", 16 + len(body), 28, 0x405, 1, 0) + body)
		error = -struct.unpack_from("i", rtnl.recv(65536), 16)[0]
		sys.exit(error and errno.errorcode[error])
	EOF
}

hop 16.1.0.0 "$MAC2"
refused "with nobody to ask the frame is dropped" '100% packet loss' ns node1 ping -q -c 1 -W 1 16.1.0.5
expect "and counted" "$(device node1 tx_drop_no_listener)" -ge 1

background sink node2 sink subnets 1 packets 20
SINK=$BACKGROUND
listener found found verbose
FOUND=$BACKGROUND
kill -STOP "$FOUND"
must kit node1 burst to 16.1.0.5 subnets 1 packets 20
says "20 frames wait for a MAC" "^l2 $MAC2 pending .* packets 20" kit node1 dump miss dev "$VTEP"
kill -CONT "$FOUND"
reap "$SINK"
expect_eq "all arrive" 20 "$(value "$TMP/sink" received)"
expect_eq "in order" 0 "$(value "$TMP/sink" out_of_order)"
expect_eq "one question" 1 "$(said found "^miss l2 $MAC2")"
says "the answer is an FDB entry" "^$MAC2 remote $UNDER2 " kit node1 fdb get dev "$VTEP" mac "$MAC2"
kill "$FOUND"

listener none none verbose
NONE=$BACKGROUND
hop 16.2.0.0 02:00:00:00:00:42
must kit node1 burst to 16.2.0.5 subnets 1 packets 3
ok "\"none\" is remembered" wait_for 10 device_is node1 negatives 1
must kit node1 burst to 16.2.0.5 subnets 1 packets 3
expect "and drops what comes" "$(device node1 tx_drop_not_found)" -ge 6
expect_eq "without another question" 1 "$(said none '^miss l2 02:00:00:00:00:42')"
must ns node1 bridge fdb add 02:00:00:00:00:42 dev "$VTEP" dst "$UNDER2" self
expect_eq "an entry of bridge(8) ends it" 0 "$(device node1 negatives)"
kill "$NONE"

# A lease says where the MAC of its VTEP is, too
must kit node1 fdb flush dev "$VTEP"
listener lease verbose
LEASE=$BACKGROUND
background sink2 node2 sink subnets 1 packets 4
SINK=$BACKGROUND
must kit node1 burst to 16.1.0.5 subnets 1 packets 4
ok "frames wait for a MAC again" hears lease "^miss l2 $MAC2"
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"
reap "$SINK"
expect_eq "a lease of that VTEP releases them" 4 "$(value "$TMP/sink2" received)"
expect_eq "and ends the question" 0 "$(device node1 misses)"

# So does a lease that takes the place of another: a peer that has a new MAC
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac 02:f1:a0:00:00:aa remote "$UNDER2"
background sink4 node2 sink subnets 1 packets 20
SINK=$BACKGROUND
must kit node1 burst to 16.1.0.5 subnets 1 packets 20
says "the lease has the old MAC: frames wait for the new one" \
	"^l2 $MAC2 pending .* packets 20" kit node1 dump miss dev "$VTEP"
released=$(device node1 miss_released)
must kit node1 set dev "$VTEP" subnet 16.1.0.0/24 mac "$MAC2" remote "$UNDER2"
expect_eq "a lease that is replaced ends the question" 0 "$(device node1 misses)"
expect_eq "and releases them" 20 $(($(device node1 miss_released) - released))
reap "$SINK"
expect_eq "all arrive" 20 "$(value "$TMP/sink4" received)"
expect_eq "in order" 0 "$(value "$TMP/sink4" out_of_order)"
says "the traffic is still counted" '^16.1.0.0/24 .* packets 24 ' \
	kit node1 get dev "$VTEP" addr 16.1.0.5
must kit node1 del dev "$VTEP" subnet 16.1.0.0/24

# The flood list takes what waits
background sink3 node2 sink subnets 1 packets 4
SINK=$BACKGROUND
must kit node1 burst to 16.1.0.5 subnets 1 packets 4
must kit node1 fdb set dev "$VTEP" remote "$UNDER2" append
reap "$SINK"
expect_eq "a flood list releases them" 4 "$(value "$TMP/sink3" received)"
must kit node1 fdb flush dev "$VTEP"
must nip node1 neigh del 16.1.0.0 dev "$VTEP"
ns_background node1 ping -q -n -c 1 -W 20 16.1.0.5 >/dev/null
ok "a question for a neighbour waits" wait_for 10 device_is node1 misses 1
must kit node1 fdb set dev "$VTEP" remote "$UNDER2" append
expect_eq "a flood list releases it, too" 0 "$(device node1 misses)"
reap "$BACKGROUND"
must kit node1 fdb flush dev "$VTEP"
hop 16.1.0.0 "$MAC2"

# However many there are, more than are asked for at once
cat >"$TMP/many.py" <<'EOF'
import os, socket
from frames import Link, enter, ethernet, mac
COUNT, KIND, SO_SNDBUFFORCE = 3000, 0x88b5, 32
enter("node2")
sink = Link("flannel.1")
enter("node1")
source = Link("flannel.1")
# What waits is memory of the sender's socket.
source.sock.setsockopt(socket.SOL_SOCKET, SO_SNDBUFFORCE, 16 << 20)
for n in range(COUNT):
    to = bytes([2, 0, 0, 1, n >> 8, n & 0xff])
    source.send(ethernet(to, mac("02:00:00:00:00:77"), KIND, n.to_bytes(4, "big").ljust(46)))
got = []
patience = 60 * int(os.environ.get("FLANNEL_SLOW", 1))
while len(got) < COUNT:
    came = sink.receive(want=COUNT - len(got), most=patience)
    if not came:
        break
    got += [int.from_bytes(frame[14:18], "big") for frame, _ in came
            if frame[12:14] == KIND.to_bytes(2, "big")]
print(f"received={len(got)}\nin_order={got == list(range(COUNT))}")
EOF
found=$(device node1 miss_found)
released=$(device node1 miss_released)
python3 "$TMP/many.py" >"$TMP/many" &
MANY=$!
ok "3000 frames wait for as many MACs" wait_for 60 device_is node1 misses 3000
must kit node1 fdb set dev "$VTEP" remote "$UNDER2" append
expect_eq "a flood list ends all questions" 0 "$(device node1 misses)"
expect_eq "each once" 3000 $(($(device node1 miss_found) - found))
expect_eq "and releases all frames" 3000 $(($(device node1 miss_released) - released))
reap "$MANY"
expect_eq "all arrive" 3000 "$(value "$TMP/many" received)"
expect_eq "in order" True "$(value "$TMP/many" in_order)"
must kit node1 fdb flush dev "$VTEP"

# And what comes at that very moment does not wait for an answer that nobody will give
stuck=0
for _ in 1 2 3 4 5 6 7 8; do
	ns_background node1 fl-test burst to 16.1.0.5 subnets 1 packets 3000 >/dev/null
	wait_for 5 device_is node1 misses 1
	must kit node1 fdb set dev "$VTEP" remote "$UNDER2" append
	reap "$BACKGROUND"
	stuck=$((stuck + $(device node1 parked_packets)))
	must kit node1 fdb flush dev "$VTEP"
done
expect_eq "a sender against the flood list: no frame is left behind" 0 "$stuck"

# An entry that is there is neither changed nor said to have been, without a word for it
must kit node1 fdb set dev "$VTEP" mac 02:00:00:00:00:43 remote "$UNDER2"
refused "another remote for a known MAC, by NLM_F_CREATE alone" 'EEXIST' \
	create_only 02:00:00:00:00:43 198.51.100.9
ok "the same remote" create_only 02:00:00:00:00:43 "$UNDER2"
says "nothing changed" "^02:00:00:00:00:43 remote $UNDER2 " \
	kit node1 fdb get dev "$VTEP" mac 02:00:00:00:00:43
must kit node1 fdb flush dev "$VTEP"

option node1 nol2miss
before=$(said lease '^miss l2')
must kit node1 burst to 16.1.0.5 subnets 1 packets 2
expect "l2miss off: dropped as unknown" "$(device node1 tx_drop_unknown)" -ge 2
expect_eq "and nobody is asked" "$before" "$(said lease '^miss l2')"
kill "$LEASE"
