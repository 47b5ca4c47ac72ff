#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Options of the link type: what is asked for is what is shown; what is wrong is
# refused in words that name the option, and changes nothing; what can change on
# a live device changes at once, and what cannot is refused. Several VNIs share a
# port; a vxlan device on it does not.
#
#   a   eth0 --- eth0   b      198.51.100.1/24, 2001:db8:100::1/64 at a
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/compare.sh"
need bridge ethtool jq python3
need_module
modprobe -q vxlan

flannel()	{ nip a link add "$1" type flannel "${@:2}"; }
change()	{ nip a link set "$1" type flannel "${@:2}"; }
# data DEVICE FILTER
data()		{ nip a -j -d link show dev "$1" | jq -rc ".[0].linkinfo.info_data | $2"; }

# shows OPTION... = KEY=VALUE...
shows()
{
	local words=() pair

	while [ "$1" != = ]; do
		words+=("$1")
		shift
	done
	shift
	if ! ok "${words[*]}: accepted" flannel f0 "${words[@]}"; then
		return
	fi
	for pair; do
		expect_eq "${words[*]}: shown" "${pair#*=}" "$(data f0 ".${pair%%=*}")"
	done
	must nip a link del f0
}

accepted()
{
	shows id 16777215 = id=16777215
	shows id 0 = id=0
	shows ttl 255 = ttl=255
	shows ttl inherit = ttl=inherit
	shows ttl auto = ttl=auto
	shows tos inherit = tos=inherit
	shows tos 0x28 = tos=0x28
	shows df set = df=set
	shows df inherit = df=inherit
	shows local 2001:db8:100::1 flowlabel 0xfffff = label=0xfffff local6=2001:db8:100::1
	shows local 198.51.100.1 remote 198.51.100.2 dev eth0 = local=198.51.100.1 \
		remote=198.51.100.2 link=eth0
	shows local fe80::1 dev eth0 = local6=fe80::1
	shows dstport 4789 srcport 1000 2000 = port=4789 port_range.low=1000 port_range.high=2000
	shows learning ageing 17 maxaddress 5 = learning=true ageing=17 limit=5
	shows nolearning proxy nol2miss nol3miss = learning=false proxy=true l2miss=false l3miss=false
	shows udpcsum udp6zerocsumtx udp6zerocsumrx = udp_csum=true udp_zero_csum6_tx=true \
		udp_zero_csum6_rx=true
	shows gbp nolocalbypass = gbp=true localbypass=false
	shows mode l3 = mode=l3 rpf=loose
	shows mode l3 rpf off = rpf=off
}

# The kernel's own words: raw attributes, so that ip(8) does not refuse first
refusals()
{
	local before

	before=$(nip a link show | grep -c .)
	compare_run "$HERE/options.py"
	expect_eq "what was refused left no device behind" "$before" "$(nip a link show | grep -c .)"
}

live()
{
	local before option

	must flannel f0 id 5 local 198.51.100.1 dev eth0
	must nip a link set f0 up
	for option in "ttl 7" "ttl inherit" "tos 0x10" "tos inherit" "df set" "learning" \
		"ageing 33" "maxaddress 9" "proxy" "nol2miss" "nol3miss" "udpcsum" \
		"udp6zerocsumtx" "nolocalbypass" "gbp" "srcport 7000 7100" \
		"rpf strict" "fastpath off" "remote 198.51.100.7" "local 198.51.100.2" \
		"lease_idle 60"; do
		# shellcheck disable=SC2086 # words
		ok "changed on a live device: $option" change f0 $option
	done
	expect_eq "all of them are shown" \
		'["inherit","inherit","set",true,33,9,true,false,false,true,false,true,7000,"strict","off","198.51.100.7","198.51.100.2"]' \
		"$(data f0 '[.ttl,.tos,.df,.learning,.ageing,.limit,.proxy,.l2miss,.l3miss,.udp_csum,.localbypass,.gbp,.port_range.low,.rpf,.fastpath,.remote,.local]')"
	ok "back to a number: ttl 9" change f0 ttl 9
	expect_eq "ttl is no longer inherited" 9 "$(data f0 .ttl)"
	before=$(data f0 .)
	refused "id on a live device" "id: .*cannot be changed" change f0 id 6
	refused "dstport on a live device" "dstport: .*cannot be changed" change f0 dstport 99
	refused "mode on a live device" "mode: .*cannot be changed" change f0 mode l3
	refused "udp6zerocsumrx on a live device" "udp6zerocsumrx cannot be changed" \
		change f0 udp6zerocsumrx
	refused "another family on a live device" "family .*cannot be changed" \
		change f0 local 2001:db8:100::1
	refused "one good and one bad option" "flowlabel|link-local|srcport" \
		change f0 ttl 3 srcport 9 8
	expect_eq "nothing of the refused changes was made" "$before" "$(data f0 .)"
	ok "what is the same is no change" change f0 id 5 dstport 8472 mode ethernet
	must nip a link del f0
}

# Sockets: shared by VNIs, not with others
sharing()
{
	local vni

	for vni in 1 2 3; do
		must flannel "s$vni" id $vni local 198.51.100.1
		ok "VNI $vni on the port of the others" nip a link set "s$vni" up
	done
	expect_eq "one socket for three VNIs" 1 "$(ns a ss -Hlun 'sport = :8472' | wc -l)"
	refused "the same VNI on the same port" "id: .*VNI" flannel s4 id 3 local 198.51.100.1
	ok "the same VNI on another port" flannel s4 id 3 local 198.51.100.1 dstport 8473
	ok "the same VNI over the other family" flannel s5 id 3 local 2001:db8:100::1
	ok "goes up" nip a link set s5 up
	must flannel s6 id 9 local 2001:db8:100::1 udp6zerocsumrx
	refused "another udp6zerocsumrx on a port" "udp6zerocsumrx" nip a link set s6 up

	must nip a link add v0 type vxlan id 99 local 198.51.100.1 dstport 8472
	refused "vxlan does not go up on our port" "in use" nip a link set v0 up
	for vni in 1 2 3; do
		must nip a link set "s$vni" down
	done
	ok "vxlan goes up when we are down" nip a link set v0 up
	refused "ours does not go up on the port of vxlan, and says why" \
		"dstport is in use.*vxlan" nip a link set s1 up
	expect_eq "it is down" false "$(nip a -j link show s1 | jq '.[0].flags | contains(["UP"])')"
	must nip a link del v0
	ok "ours goes up when vxlan is gone" nip a link set s1 up
	for vni in 1 2 3 4 5 6; do
		must nip a link del "s$vni"
	done
	expect_eq "no socket is left" 0 "$(ns a ss -Hlun 'sport = :8472' | wc -l)"
}

compare_setup
accepted
refusals
live
sharing
