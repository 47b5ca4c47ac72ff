# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Two namespaces and a wire, for tests that compare our device with the kernel's
# vxlan device, for scenarios that have sourced lib.sh.
#
#     a   ours (flannel), ref (vxlan)      b   raw sockets
#      |eth0  198.51.100.1/24               |eth0  no address
#      |      2001:db8:100::1/64            |
#      +------------------------------------+
#
# Neighbours are fixed. Checksums are left to the device, as with any card. The raw
# sockets of frames.py do the card's work, so b sees what a wire would carry.

MAC_A=02:00:00:00:01:0a
MAC_B=02:00:00:00:01:0b

compare_setup()
{
	local name

	ns_create a b
	for name in a b; do
		must ns "$name" sysctl -q -w net.ipv6.conf.default.accept_dad=0 \
			net.ipv6.conf.default.accept_ra=0 \
			net.ipv6.conf.default.router_solicitations=0
	done
	must ns b sysctl -q -w net.ipv6.conf.default.disable_ipv6=1
	veth a eth0 b eth0
	must nip a link set eth0 address "$MAC_A" up
	must nip b link set eth0 address "$MAC_B" up
	must nip a address add 198.51.100.1/24 dev eth0
	must nip a address add 2001:db8:100::1/64 dev eth0 nodad
	must nip a neigh replace 198.51.100.2 lladdr "$MAC_B" dev eth0 nud permanent
	must nip a neigh replace 2001:db8:100::2 lladdr "$MAC_B" dev eth0 nud permanent
}

# compare_run PROGRAM [ARGUMENT]...: turn its output lines into checks
compare_run()
{
	local kind name expected seen status

	"$@" >"$TMP/compare.out" 2>"$TMP/compare.err"
	status=$?
	while IFS=$'\t' read -r kind name expected seen; do
		[ "$kind" = ok ]
		check_result $? "$name" "expected: $expected" "seen:     $seen"
	done <"$TMP/compare.out"
	[ "$status" -eq 0 ] && return
	check_result 1 "$(basename "$1") comes to its end" "expected: exit status 0" \
		"seen:     exit status $status, and this output:" \
		"$(tail -n 20 "$TMP/compare.err")"
}
