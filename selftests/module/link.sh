#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The link type as a user of ip(8) meets it: what `ip link add flannel.1 type
# flannel` gives without any option, what is refused and in which words, devices
# that share a port, network namespaces, loading by alias.
#
#   a: flannel.1, flannel.2 --- under (dummy)      b: flannel.1
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need jq ethtool

info()
{
	link_get "$1" "$2" ".linkinfo.info_data.$3"
}

# By alias, where nobody else uses the module
autoload()
{
	if grep -q '^flannel ' /proc/modules && ! modprobe -r flannel 2>/dev/null; then
		skip "the module loads by link kind" "it is in use"
		skip "the module loads by netlink family" "it is in use"
		need_module
		return
	fi
	if ! modinfo flannel >/dev/null 2>&1; then
		need_module
		return
	fi
	ok "the module loads by link kind" nip a link add flannel.1 type flannel
	ok "it is loaded then" grep -q '^flannel ' /proc/modules
	must nip a link del flannel.1
	must modprobe -r flannel
	if command -v genl >/dev/null; then
		ok "the module loads by netlink family" ns a genl ctrl get name flannel
	else
		skip "the module loads by netlink family" "genl is not installed"
	fi
	need_module
}

defaults()
{
	ok "add without any option" nip a link add flannel.1 type flannel
	expect_eq "kind" flannel "$(link_get a flannel.1 .linkinfo.info_kind)"
	expect_eq "VNI is 1" 1 "$(info a flannel.1 id)"
	expect_eq "port is 8472" 8472 "$(info a flannel.1 port)"
	expect_eq "MAC address is marked as set" 3 \
		"$(flannel_assign_type a flannel.1)"
	ok "MAC address is unicast and locally administered" \
		grep -qiE '^.[26ae]:' <<<"$(link_get a flannel.1 .address)"
	expect_eq "MTU leaves room for the outer headers of IPv4 or IPv6" yes \
		"$([[ $(link_get a flannel.1 .mtu) =~ ^(1450|1430)$ ]] && echo yes)"
	ok "up" nip a link set flannel.1 up
	expect_eq "the UDP port is open" 1 "$(udp_sockets a 4)"
	expect_eq "the UDP port is open for IPv6" 1 "$(udp_sockets a 6)"
	ok "down" nip a link set flannel.1 down
	expect_eq "down closes the port" "0 0" "$(udp_sockets a 4) $(udp_sockets a 6)"
	says "ethtool -i names the driver" '^driver: flannel$' ns a ethtool -i flannel.1
	says "ethtool -S has counters" 'tx_drop_no_listener: 0' ns a ethtool -S flannel.1
	ok "up again" nip a link set flannel.1 up
	ok "deleted while up" nip a link del flannel.1
	expect_eq "deletion closes the port" "0 0" "$(udp_sockets a 4) $(udp_sockets a 6)"
}

# addr_assign_type has no netlink attribute before 6.2: ask sysfs of the namespace
flannel_assign_type()
{
	ip netns exec "$(ns_name "$1")" cat "/sys/class/net/$2/addr_assign_type"
}

udp_sockets()
{
	ns "$1" cat "/proc/net/udp$([ "$2" -eq 6 ] && echo 6)" |
		awk '$2 ~ /:2118$/' | wc -l
}

two_macs()
{
	must nip a link add flannel.1 type flannel
	must nip b link add flannel.1 type flannel
	expect_ne "two devices have different MAC addresses" \
		"$(link_get a flannel.1 .address)" "$(link_get b flannel.1 .address)"
	must nip a link del flannel.1
	must nip b link del flannel.1
	must nip a link add flannel.1 address 02:00:00:00:00:05 type flannel
	expect_eq "a MAC address that was given is kept" 02:00:00:00:00:05 \
		"$(link_get a flannel.1 .address)"
	must nip a link set flannel.1 address 02:00:00:00:00:06
	expect_eq "and can be changed" 02:00:00:00:00:06 \
		"$(link_get a flannel.1 .address)"
	must nip a link del flannel.1
}

names_and_duplicates()
{
	must nip a link add flannel.1 type flannel
	refused "the same VNI on the same port is refused, with a reason" \
		'VNI' nip a link add flannel.x type flannel
	not_ok "and nothing is left behind" nip a link show flannel.x
	refused "a name that is taken is refused" 'File exists' \
		nip a link add flannel.1 type flannel id 7
	ok "another VNI shares the port" nip a link add flannel.2 type flannel id 2
	must nip a link set flannel.1 up
	must nip a link set flannel.2 up
	expect_eq "with one socket" 1 "$(udp_sockets a 4)"
	must nip a link del flannel.1
	expect_eq "that stays while one of them does" 1 "$(udp_sockets a 4)"
	must nip a link del flannel.2
	expect_eq "and not longer" 0 "$(udp_sockets a 4)"
	must nip a link add flannel.1 type flannel
	ok "the same VNI on another port is no duplicate" \
		nip a link add flannel.3 type flannel dstport 8473
	must nip a link del flannel.3
	ok "nor in another namespace" nip b link add flannel.1 type flannel
	must nip b link del flannel.1
	must nip a link del flannel.1
}

options()
{
	must nip a link add under type dummy
	must nip a link set under mtu 9000 up
	must nip a address add 198.51.100.1/24 dev under
	ok "add with many options" nip a link add flannel.9 type flannel id 9 \
		dev under local 198.51.100.1 dstport 4789 ttl 5 mode l3 rpf strict \
		fastpath off nonotrack subnet_len 25 miss_retry 300 miss_tries 5
	expect_eq "VNI is shown" 9 "$(info a flannel.9 id)"
	expect_eq "port is shown" 4789 "$(info a flannel.9 port)"
	expect_eq "mode is shown" l3 "$(info a flannel.9 mode)"
	expect_eq "rpf is shown" strict "$(info a flannel.9 rpf)"
	expect_eq "fast path is shown" off "$(info a flannel.9 fastpath)"
	expect_eq "local is shown" 198.51.100.1 "$(info a flannel.9 local)"
	expect_eq "lower device is shown" under "$(info a flannel.9 link)"
	expect_eq "subnet length is shown" 25 "$(info a flannel.9 subnet_len)"
	expect_eq "MTU follows the lower device" 8950 "$(link_get a flannel.9 .mtu)"
	must nip a link set under mtu 2000
	expect_eq "also when that changes" 1950 "$(link_get a flannel.9 .mtu)"
	says "L3 mode does no ARP" NOARP nip a link show flannel.9
	refused "mode is fixed" 'mode' nip a link set flannel.9 type flannel mode ethernet
	refused "VNI is fixed" '\bid\b|VNI' nip a link set flannel.9 type flannel id 10
	ok "rpf can be changed" nip a link set flannel.9 type flannel rpf loose
	expect_eq "and is shown" loose "$(info a flannel.9 rpf)"
	refused "VNI out of range" '16777216|VNI|\bid\b' nip a link add flannel.8 type flannel id 16777216
	refused "local address that is multicast" 'unicast' \
		nip a link add flannel.8 type flannel local 224.0.0.1
	refused "lower device that does not exist" 'nosuch' \
		nip a link add flannel.8 type flannel dev nosuch
	not_ok "nothing of these is left behind" nip a link show flannel.8
	ok "delete" nip a link del flannel.9
	must nip a link del under
}

namespaces()
{
	must nip a link add flannel.1 type flannel
	must nip a link set flannel.1 up
	ok "a device moves to another namespace" \
		nip a link set flannel.1 netns "$(ns_name b)"
	ok "and goes up there" nip b link set flannel.1 up
	ok "its VNI stays taken where it came from" \
		not nip a link add flannel.1 type flannel
	ns_delete a
	ns_create a
	not_ok "the end of the namespace that owns the socket ends the device" \
		wait_gone b flannel.1
}

# Until the device is gone; fails when it is
wait_gone()
{
	wait_for 10 not nip "$1" link show "$2"
	nip "$1" link show "$2"
}

not()
{
	! "$@"
}

# Many devices, and a namespace that ends with all of them
many()
{
	local i script=$TMP/batch

	for ((i = 1; i <= 200; i++)); do
		echo "link add fl$i type flannel id $i"
		echo "link set fl$i up"
	done >"$script"
	ok "200 devices on one port" nip b -batch "$script"
	expect_eq "share one socket" 1 "$(udp_sockets b 4)"
	ns_delete b
	ok "end with their namespace" wait_for 20 no_devices
}

no_devices()
{
	[ "$(awk '$1 == "flannel" { print $3 }' /proc/modules)" -eq 0 ]
}

ns_create a b
autoload
defaults
two_macs
names_and_duplicates
options
namespaces
many
