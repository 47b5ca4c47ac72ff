#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# bridge(8) works on our device as on a vxlan device: the same commands are given
# to both, and what they say, show and announce must be the same. Then what the
# entries do: where frames go, what is learned, and how it ages.
# The namespaces are drawn in compare.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/compare.sh"
need bridge ethtool python3 jq
need_module
modprobe -q vxlan

# shown DEVICE: its entries, without what differs by nature
shown()
{
	ns a bridge fdb show dev "$1" | sed 's/ *$//' | sort
}

# Impossible ones are refused, and change nothing.
impossible()
{
	local before mac=02:00:00:00:00:55

	before=$(shown ours)
	refused "without dst" "dst is missing" ns a bridge fdb add $mac dev ours self permanent
	refused "dst 0.0.0.0" "dst must be a unicast" \
		ns a bridge fdb add $mac dev ours dst 0.0.0.0 self
	refused "dst of many" "dst must be a unicast" \
		ns a bridge fdb add $mac dev ours dst 239.1.1.1 self
	refused "dst to all" "dst must be a unicast" \
		ns a bridge fdb add $mac dev ours dst 255.255.255.255 self
	refused "dst of the other family" "dst: .*family" \
		ns a bridge fdb add $mac dev ours dst 2001:db8::1 self
	refused "vni of 25 bits" "vni" \
		ns a bridge fdb add $mac dev ours dst 198.51.100.2 vni 33554432 self
	expect_eq "nothing changed" "$before" "$(shown ours)"
	must ns a bridge fdb add $mac dev ours dst 198.51.100.2 self
	refused "a second remote for one MAC" "replace" \
		ns a bridge fdb append $mac dev ours dst 198.51.100.3 self
	# vxlan says that this were done
	refused "delete with another remote" "no FDB entry for this mac and remote" \
		ns a bridge fdb del $mac dev ours dst 198.51.100.3 self
	refused "delete with another port" "no FDB entry for this mac and remote" \
		ns a bridge fdb del $mac dev ours dst 198.51.100.2 port 99 self
	ok "delete with its remote" ns a bridge fdb del $mac dev ours dst 198.51.100.2 self
	must ns a bridge fdb add $mac dev six dst 2001:db8:100::2 self
	refused "dst of the other family, on IPv6" "dst: .*family" \
		ns a bridge fdb add $mac dev six dst 198.51.100.2 self
	refused "dst ::" "dst must be a unicast" ns a bridge fdb replace $mac dev six dst :: self
	refused "dst ff02::1" "dst must be a unicast" \
		ns a bridge fdb replace $mac dev six dst ff02::1 self
	refused "a link-local dst without via" "via" \
		ns a bridge fdb replace $mac dev six dst fe80::1 self
	ok "a link-local dst with via" \
		ns a bridge fdb replace $mac dev six dst fe80::1 via eth0 self
}

flushes()
{
	local n

	for n in 1 2 3; do
		must ns a bridge fdb add "02:00:00:00:01:0$n" dev ours dst 198.51.100.2 self permanent
		must ns a bridge fdb add "02:00:00:00:02:0$n" dev ours dst 198.51.100.2 self dynamic
	done
	ok "flush, what is not permanent" ns a bridge fdb flush dev ours self nopermanent
	expect_eq "the permanent ones are left" 3 "$(shown ours | grep -c permanent)"
	expect_eq "and nothing else" 0 "$(shown ours | grep -vc permanent)"
	ok "flush" ns a bridge fdb flush dev ours self
	expect_eq "nothing is left" "" "$(shown ours)"
}

# What is announced: the same for both
monitor()
{
	local device

	ns_background a bridge monitor fdb >"$TMP/monitor"
	sleep 1
	for device in ref ours; do
		must ns a bridge fdb add 02:00:00:00:03:01 dev $device dst 198.51.100.2 self permanent
		must ns a bridge fdb replace 02:00:00:00:03:01 dev $device dst 198.51.100.3 self permanent
		must ns a bridge fdb append 00:00:00:00:00:00 dev $device dst 198.51.100.2 self permanent
		must ns a bridge fdb append 00:00:00:00:00:00 dev $device dst 198.51.100.3 self permanent
		must ns a bridge fdb del 00:00:00:00:00:00 dev $device dst 198.51.100.2 self
		must ns a bridge fdb del 00:00:00:00:00:00 dev $device self
		must ns a bridge fdb del 02:00:00:00:03:01 dev $device self
	done
	wait_for 5 grep -q "Deleted 02:00:00:00:03:01 dev ours" "$TMP/monitor"
	kill "$BACKGROUND"
	expect_ne "vxlan announces something" "" "$(grep "dev ref" "$TMP/monitor")"
	expect_eq "announcements are those of vxlan" "$(grep "dev ref" "$TMP/monitor")" \
		"$(sed -n 's/dev ours/dev ref/p' "$TMP/monitor")"
}

limit()
{
	must nip a link set ours type flannel maxaddress 2
	must ns a bridge fdb add 02:00:00:00:04:01 dev ours dst 198.51.100.2 self
	must ns a bridge fdb add 02:00:00:00:04:02 dev ours dst 198.51.100.2 self
	refused "more entries than maxaddress" "maxaddress" \
		ns a bridge fdb add 02:00:00:00:04:03 dev ours dst 198.51.100.2 self
	ok "an entry that is there can be replaced" \
		ns a bridge fdb replace 02:00:00:00:04:01 dev ours dst 198.51.100.3 self
	must nip a link set ours type flannel maxaddress unlimited
	ok "more entries, the limit being lifted" \
		ns a bridge fdb add 02:00:00:00:04:03 dev ours dst 198.51.100.2 self
	must ns a bridge fdb flush dev ours self
}

# Default destination: an entry of the flood list that follows the option
default_remote()
{
	must nip a link add def type flannel id 7 remote 198.51.100.2 dstport 8473
	expect_eq "remote is an entry of the flood list" \
		"00:00:00:00:00:00 dst 198.51.100.2 self permanent" "$(shown def)"
	must ns a bridge fdb append 00:00:00:00:00:00 dev def dst 198.51.100.9 self permanent
	must nip a link set def type flannel remote 198.51.100.3
	expect_eq "it follows a change, the others stay" \
		"00:00:00:00:00:00 dst 198.51.100.3 self permanent
00:00:00:00:00:00 dst 198.51.100.9 self permanent" "$(shown def)"
	must nip a link set def type flannel remote any
	expect_eq "it goes with the option" \
		"00:00:00:00:00:00 dst 198.51.100.9 self permanent" "$(shown def)"
	must nip a link del def
}

compare_setup
compare_run "$HERE/fdb.py" "$MAC_A" "$MAC_B"
must nip a link add ours type flannel id 42 local 198.51.100.1 dev eth0 dstport 8473
must nip a link add ref type vxlan id 42 local 198.51.100.1 dev eth0 dstport 8472 nolearning
must nip a link add six type flannel id 42 local 2001:db8:100::1 dstport 8473
impossible
flushes
monitor
limit
default_remote
