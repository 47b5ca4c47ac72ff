#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the sender inside hears when its packet is too big for the path outside: as
# with a vxlan device, and the number is right. The path is narrow because a route
# says so, or because a router on it does; the sender is this host, or a pod behind
# a bridge that the device is a port of. IPv4 and IPv6 inside and outside.
#
#   pod 10.9.9.3 ---+
#                  br0
#   a  10.9.9.1 ---+---- tun ================= 10.9.9.2  tun   b
#      |eth0 198.51.100.1            r            eth0| 203.0.113.2
#      +------------ r0 .254    .254 r1 ---- 1400 ----+
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need bridge ethtool jq ping
need_module
modprobe -q vxlan

# shellcheck disable=SC2034 # read by their names, see of()
LOCAL4=198.51.100.1 LOCAL6=2001:db8:1::1
# shellcheck disable=SC2034
REMOTE4=203.0.113.2 REMOTE6=2001:db8:2::2
# shellcheck disable=SC2034
NET4=203.0.113.0/24 NET6=2001:db8:2::/64
# shellcheck disable=SC2034
VIA4=198.51.100.254 VIA6=2001:db8:1::fe
IN4=10.9.9 IN6=fd00:9::

of()
{
	local name=$1$2
	echo "${!name}"
}

# ip of an inner address: inner FAMILY HOST
inner()
{
	if [ "$1" -eq 4 ]; then
		echo "$IN4.$2"
	else
		echo "$IN6$2"
	fi
}

underlay_up()
{
	ns_create a r b pod
	veth a eth0 r r0
	veth r r1 b eth0
	veth a port pod eth0
	must nip r link set r1 mtu 1400
	must nip a link set eth0 up
	must nip a link set port up
	must nip b link set eth0 mtu 1400 up
	must nip r link set r0 up
	must nip r link set r1 up
	must nip pod link set eth0 up
	must ns r sysctl -q -w net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1
	must nip a address add $LOCAL4/24 dev eth0
	must nip a address add $LOCAL6/64 dev eth0 nodad
	must nip r address add $VIA4/24 dev r0
	must nip r address add $VIA6/64 dev r0 nodad
	must nip r address add 203.0.113.254/24 dev r1
	must nip r address add 2001:db8:2::fe/64 dev r1 nodad
	must nip b address add $REMOTE4/24 dev eth0
	must nip b address add $REMOTE6/64 dev eth0 nodad
	must nip b route add default via 203.0.113.254
	must nip b route add default via 2001:db8:2::fe
	must nip a link add br0 type bridge
	must nip a link set br0 up
	must nip a link set port master br0
	must nip pod address add $IN4.3/24 dev eth0
	must nip pod address add ${IN6}3/64 dev eth0 nodad
}

# overlay KIND FAMILY OPTION...: at a; b has always the kernel's
overlay()
{
	local kind=$1 family=$2
	shift 2

	must nip a link add tun address 02:00:00:00:00:0a type "$kind" id 42 dstport 8472 \
		dev eth0 local "$(of LOCAL "$family")" nolearning "$@"
	must nip b link add tun address 02:00:00:00:00:0b type vxlan id 42 dstport 8472 \
		local "$(of REMOTE "$family")" nolearning
	must nip a link set tun mtu 1430 up
	must nip b link set tun mtu 1430 up
	must nip b address add $IN4.2/24 dev tun
	must nip b address add ${IN6}2/64 dev tun nodad
	must ns a bridge fdb append 00:00:00:00:00:00 dev tun \
		dst "$(of REMOTE "$family")" self permanent
	must ns b bridge fdb append 00:00:00:00:00:00 dev tun \
		dst "$(of LOCAL "$family")" self permanent
}

overlay_end()
{
	must nip a link del tun
	must nip b link del tun
	nip a route flush cache
	nip a -6 route flush cache
	nip pod route flush cache
	nip pod -6 route flush cache
}

# path FAMILY [mtu N]: the route outside
path()
{
	local family=$1
	shift
	must nip a route replace "$(of NET "$family")" via "$(of VIA "$family")" dev eth0 "$@"
}

# heard NAME FAMILY SIZE: the MTU that a sender at NAME believes in, after it has
# sent packets of that size
heard()
{
	local to header=28

	[ "$2" -eq 4 ] || header=48
	to=$(inner "$2" 2)
	ns "$1" ping -q -c 1 -W 2 "$to" >/dev/null 2>&1 || echo "unreachable"
	ns "$1" ping -q -c 3 -i 0.2 -W 1 -M "do" -s $(($3 - header)) "$to" >/dev/null 2>&1
	nip "$1" -j route get "$to" | jq -r '.[0].metrics[0].mtu // "unknown"'
}

own()
{
	must nip a address add $IN4.1/24 dev tun
	must nip a address add ${IN6}1/64 dev tun nodad
}

# facts KIND FAMILY: what is seen with a device of that kind; outer headers take 50
# or 70 bytes
facts()
{
	local kind=$1 family=$2 inside over=50

	[ "$family" -eq 4 ] || over=70
	path "$family" mtu 1400
	overlay "$kind" "$family"
	own
	for inside in 4 6; do
		echo "a route of MTU 1400, IPv$inside inside: $(heard a $inside 1420)"
	done
	path "$family" mtu 1360
	for inside in 4 6; do
		echo "it shrinks to 1360, IPv$inside inside: $(heard a $inside $((1400 - over)))"
	done
	overlay_end

	path "$family"
	overlay "$kind" "$family" df set
	own
	for inside in 4 6; do
		echo "a router with MTU 1400, IPv$inside inside: $(heard a $inside 1420)"
	done
	overlay_end

	path "$family" mtu 1400
	overlay "$kind" "$family"
	must nip a link set tun master br0
	for inside in 4 6; do
		echo "a pod behind a bridge, IPv$inside inside: $(heard pod $inside 1420)"
	done
	overlay_end
}

# expected FAMILY
expected()
{
	local over=50 inside mtu what

	[ "$1" -eq 4 ] || over=70
	while read -r mtu what; do
		for inside in 4 6; do
			echo "$what, IPv$inside inside: $((mtu - over))"
		done
	done <<-END
		1400 a route of MTU 1400
		1360 it shrinks to 1360
		1400 a router with MTU 1400
		1400 a pod behind a bridge
	END
}

underlay_up
for family in 4 6; do
	facts flannel $family >"$TMP/flannel"
	facts vxlan $family >"$TMP/vxlan"
	while IFS=: read -r what seen; do
		expect_eq "IPv$family outside, $what: as with vxlan" \
			"$(grep -F "$what:" "$TMP/vxlan")" "$what:$seen"
	done <"$TMP/flannel"
	expect_eq "IPv$family outside: the numbers are right" "$(expected $family)" \
		"$(cat "$TMP/flannel")"
done
