#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Which interface and address the agent takes for traffic between nodes: by each
# flag, by the environment, by itself. It makes no device here (backend alloc).
#
#     node   eth0 198.51.100.1, 2001:db8:100::1
#            eth1 203.0.113.1, 203.0.113.2; default route by .254
#            lo
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/agents.sh"
need flannel-agent

ns_create node other
veth node eth0 other eth0
veth node eth1 other eth1
for name in node other; do
	must nip "$name" link set eth0 up
	must nip "$name" link set eth1 up
done
must nip node address add 198.51.100.1/24 dev eth0
must nip node address add 2001:db8:100::1/64 dev eth0 nodad
must nip node address add 203.0.113.1/24 dev eth1
must nip node address add 203.0.113.2/24 dev eth1
must nip node route add default via 203.0.113.254

NET4='{"config":{"Network":"10.244.0.0/16","Backend":{"Type":"alloc"}}}'
NET6='{"config":{"EnableIPv4":false,"EnableIPv6":true,"IPv6Network":"fd00:10:244::/48","Backend":{"Type":"alloc"}}}'
echo "$NET4" >"$TMP/store"

runs=0
# run [FLAG]...: until it is set up, or has ended with an error
run()
{
	local pid

	: >"$TMP/log"
	ns_background node flannel-agent --store-file="$TMP/store" \
		--subnet-file="$TMP/subnet.env" "$@" >"$TMP/log" 2>&1
	pid=$BACKGROUND
	wait_for 30 grep -qE 'this node is set up|error:|^flannel-agent: ' "$TMP/log"
	kill "$pid" 2>/dev/null
	wait "$pid"
	cp "$TMP/log" "$TMP/agent$((runs += 1)).log"
}

# takes NAME EXPECTED [FLAG]...: interface, and its addresses as told to others
takes()
{
	local name=$1 expected=$2
	shift 2

	run "$@"
	expect_eq "$name" "$expected" "$(sed -n 's/.*using interface \([^ ]*\) .*public addresses \(.*\) and \(.*\)/\1 \2 \3/p' "$TMP/log" |
		sed 's/ \(none\|unset\|-\)//g; s/ *$//')" || diag "$(cat "$TMP/log")"
}

# fails NAME REGEX [FLAG]...
fails()
{
	local name=$1 regex=$2
	shift 2

	run "$@"
	says "$name" "$regex" cat "$TMP/log"
}

takes "by itself, that of the default route" "eth1 203.0.113.1"
takes "by name" "eth0 198.51.100.1" --iface=eth0
takes "by address, which is taken then" "eth1 203.0.113.2" --iface=203.0.113.2
takes "the first that exists" "eth0 198.51.100.1" \
	--iface=nonsense0 --iface=10.9.9.9 --iface=eth0 --iface=eth1
takes "by regular expression of a name" "eth0 198.51.100.1" --iface-regex='^eth0$'
takes "or of an address" "eth1 203.0.113.2" --iface-regex='113\.2$'
takes "the first that matches" "eth0 198.51.100.1" \
	--iface-regex='^wlan' --iface-regex='^eth[0-9]$'
takes "one with Perl's and Go's words" "eth0 198.51.100.1" \
	--iface-regex='(?i)^ETH\d$'
takes "also of an address" "eth1 203.0.113.2" \
	--iface-regex='^203\.0\.113\.(?P<host>[2-9])\b'
takes "a name or address comes before a regular expression" "eth1 203.0.113.1" \
	--iface-regex=eth0 --iface=eth1
takes "the one by which an address is reached" "eth0 198.51.100.1" \
	--iface-can-reach=198.51.100.77
takes "a regular expression comes before that" "eth1 203.0.113.1" \
	--iface-can-reach=198.51.100.77 --iface-regex=eth1
takes "the one that has the public address" "eth1 203.0.113.2" --public-ip=203.0.113.2
takes "a public address of a NAT is told" "eth0 192.0.2.9" --iface=eth0 --public-ip=192.0.2.9
FLANNELD_IFACE=eth0 takes "from the environment" "eth0 198.51.100.1"
FLANNELD_IFACE=eth0 takes "before which the command line comes" "eth1 203.0.113.1" -iface eth1
must nip node route replace default nexthop via 203.0.113.254 nexthop via 198.51.100.254
takes "a default route of several next hops is none the worse" "eth1 203.0.113.1"
fails "none that fits" 'no --iface, --iface-regex or --iface-can-reach matches' --iface=nonsense0
fails "a regular expression that is none" \
	'"eth\[0" is not a valid regular expression: missing .* at character 6' \
	--iface-regex='^eth0$' --iface-regex='eth[0'
fails "one that would take for ever is given up" 'cannot match the regular expression against "198.51.100.1"' \
	--iface-regex='^(((\S*)*)*)*[!?]$'
fails "an address that is none" 'not an IP address' --iface-can-reach=nonsense
fails "a public address that no interface has" 'name the interface with --iface' \
	--public-ip=192.0.2.9
must nip node route del default
fails "no default route" 'no default route: name the interface'
echo "$NET6" >"$TMP/store"
takes "a network of IPv6 alone goes by IPv6" "eth0 2001:db8:100::1" --iface=eth0
must nip node route add default via 2001:db8:100::fe
takes "also by its default route" "eth0 2001:db8:100::1"
agents_end
