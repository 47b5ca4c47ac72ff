#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Group policy extension: the mark of a packet crosses the overlay, between our
# device and the kernel's vxlan device, in both directions; and header by header as
# vxlan writes and reads it.
#
#   a   ours 10.9.9.1  ===== gbp ===== 10.9.9.2  ref   b
#       type flannel                       type vxlan
#
# The namespaces are drawn in compare.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/compare.sh"
need bridge ethtool nft python3 ping
need_module
modprobe -q vxlan

# policy NAME DEVICE: marks what leaves with 0x2a, counts what comes in marked so
policy()
{
	ns "$1" nft -f - <<-END || fatal "policy of $1"
	table inet gbp {
		counter marked { }
		counter unmarked { }
		chain out { type route hook output priority 0; oif $2 meta mark set 0x2a; }
		chain in {
			type filter hook input priority 0;
			iif $2 meta mark 0x2a counter name marked
			iif $2 meta mark 0 counter name unmarked
		}
	}
	END
}

counted()
{
	ns "$1" nft -j list counter inet gbp "$2" |
		jq '.nftables[] | select(.counter) | .counter.packets'
}

interop()
{
	must ns b sysctl -q -w net.ipv6.conf.all.disable_ipv6=1
	must nip b address replace 198.51.100.2/24 dev eth0
	must nip a link add ours address 02:00:00:00:00:0a type flannel id 42 dev eth0 \
		local 198.51.100.1 "$@"
	must nip b link add ref address 02:00:00:00:00:0b type vxlan id 42 dev eth0 \
		local 198.51.100.2 dstport 8472 nolearning gbp
	must nip a address add 10.9.9.1/24 dev ours
	must nip b address add 10.9.9.2/24 dev ref
	must nip a link set ours up
	must nip b link set ref up
	must ns a bridge fdb add 02:00:00:00:00:0b dev ours dst 198.51.100.2 self permanent
	must ns b bridge fdb add 02:00:00:00:00:0a dev ref dst 198.51.100.1 self permanent
	must nip a neigh replace 10.9.9.2 lladdr 02:00:00:00:00:0b dev ours nud permanent
	must nip b neigh replace 10.9.9.1 lladdr 02:00:00:00:00:0a dev ref nud permanent
	policy a ours
	policy b ref
}

compare_setup
compare_run "$HERE/gbp.py" "$MAC_A" "$MAC_B"
interop gbp
ok "pings between flannel and vxlan, both with gbp" ns a ping -q -c 3 -i 0.1 -W 2 10.9.9.2
expect_eq "the mark of flannel arrives at vxlan" 3 "$(counted b marked)"
expect_eq "the mark of vxlan arrives at flannel" 3 "$(counted a marked)"
must nip a link del ours
must nip b link del ref
must ns a nft flush ruleset
must ns b nft flush ruleset
interop
not_ok "a device without gbp does not take group policy" \
	ns a ping -q -c 2 -i 0.1 -W 1 10.9.9.2
expect_eq "and sends none" 2 "$(counted b unmarked)"
expect "what it refused is counted" "$(counter a ours rx_drop_flags)" -ge 2
