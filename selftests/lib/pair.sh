# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Two directly connected nodes, for scenarios that have sourced lib.sh and test the
# tables and the miss engine. node2 accepts every address of 16.0.0.0/8 and of
# fd16::/16 as its own, so 65,536 subnets are available as destinations.
#
#    node1                                   node2
#    flannel.1  10.244.1.0                   flannel.1  10.244.2.0
#      |        fd00:10:244:1::                |        fd00:10:244:2::
#    eth0 --------------------------------- eth0
#    198.51.100.1                            198.51.100.2
#    2001:db8:100::1                         2001:db8:100::2

VTEP=flannel.1
MAC1=02:f1:a0:00:00:01
MAC2=02:f1:a0:00:00:02
UNDER1=198.51.100.1
UNDER2=198.51.100.2

# pair: create the nodes, without overlay
pair()
{
	local n

	ns_create node1 node2
	veth node1 eth0 node2 eth0
	for n in 1 2; do
		must nip "node$n" address add "198.51.100.$n/24" dev eth0
		must nip "node$n" address add "2001:db8:100::$n/64" dev eth0 nodad
		must nip "node$n" link set eth0 up
		sysctl_set "node$n" net.ipv4.conf.all.rp_filter=0 \
			net.ipv4.conf.default.rp_filter=0 net.ipv4.icmp_ratelimit=0 \
			net.ipv6.icmp.ratelimit=0
	done
	must nip node2 route add local 16.0.0.0/8 dev lo
	must nip node2 -6 route add local fd16::/16 dev lo
}

# pair_dev N [OPTION]...: the overlay's device, in L3 mode by default
pair_dev()
{
	local n=$1 mode=(mode l3)
	shift

	[[ " $* " != *" mode "* ]] || mode=()
	must nip "node$n" link add "$VTEP" address "02:f1:a0:00:00:0$n" type flannel \
		dev eth0 local "198.51.100.$n" "${mode[@]}" "$@"
	must nip "node$n" address add "10.244.$n.0/32" dev "$VTEP"
	must nip "node$n" address add "fd00:10:244:$n::/128" dev "$VTEP" nodad
	must nip "node$n" link set "$VTEP" up
	must nip "node$n" route add 10.244.0.0/16 dev "$VTEP" src "10.244.$n.0"
	must nip "node$n" route add fd00:10:244::/48 dev "$VTEP" src "fd00:10:244:$n::"
}

# pair_up [OPTION]...: both devices; node1 has routes to what node2 accepts, and
# node2 can answer node1. OPTIONs are for node1.
pair_up()
{
	pair
	pair_dev 1 "$@"
	pair_dev 2
	must nip node1 route add 16.0.0.0/8 dev "$VTEP" src 10.244.1.0
	must nip node1 route add fd16::/16 dev "$VTEP" src fd00:10:244:1::
	must kit node2 set dev "$VTEP" subnet 10.244.1.0/24 mac "$MAC1" remote "$UNDER1"
	must kit node2 set dev "$VTEP" subnet fd00:10:244:1::/64 mac "$MAC1" remote "$UNDER1"
}

# kit NAME COMMAND...: run fl-test in that namespace
kit()
{
	local name=$1
	shift
	ns "$name" fl-test "$@"
}

# value FILE KEY: a value from the lines key=value that fl-test prints
value()
{
	sed -n "s/^$2=//p" "$1" | tail -n 1
}

# device NAME KEY: a property of that node's device
device()
{
	kit "$1" dev dev "$VTEP" | sed -n "s/^$2=//p"
}

device_is()
{
	[ "$(device "$1" "$2")" = "$3" ]
}

# background FILE NAME COMMAND...: start fl-test in that namespace, and return when it
# is listening; its process is $BACKGROUND, its output $TMP/FILE
background()
{
	local file=$TMP/$1 name=$2
	shift 2

	nsenter "--net=/run/netns/$NS_PREFIX-$name" fl-test "$@" >"$file" 2>&1 &
	BACKGROUND=$!
	wait_for 60 grep -q '^listening' "$file" ||
		fatal "fl-test $*: $(cat "$file")"
}

# reap PID: wait until it exits by itself
reap()
{
	wait "$1" 2>/dev/null
}

# lost NAME: packets that the device dropped, except those to groups (IPv6 sends some
# by itself)
lost()
{
	kit "$1" dev dev "$VTEP" | awk -F = '/^tx_drop_/ && !/no_flood/ { n += $2 }
		END { print n + 0 }'
}

# option NAME OPTION...: change the device of that node
option()
{
	local name=$1
	shift
	must nip "$name" link set "$VTEP" type flannel "$@"
}

# listener FILE ARGUMENT...: start one on node1; its answers point to node2
listener()
{
	local file=$1
	shift
	background "$file" node1 listen dev "$VTEP" remote "$UNDER2" mac "$MAC2" \
		for 1000000 "$@"
}

# said FILE WORDS: how often the file contains them
said()
{
	grep -c -- "$2" "$TMP/$1"
}

# hears FILE WORDS: wait until the file contains them
hears()
{
	wait_for 20 grep -q -- "$2" "$TMP/$1"
}
