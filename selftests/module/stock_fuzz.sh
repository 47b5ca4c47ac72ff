#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TIMEOUT 900
# Outer packets by the thousand, nearly right, wrong in one way or another: lengths,
# fragments, sizes and checksums left to a device, tags, headers cut short. They come over
# a wire and over a tap device, to the kernel's vxlan device first, then to ours with each
# setting of the fast path. What comes out is the same: frame, tag, and whether a checksum
# is still to be filled in.
#
# The planes are drawn in beside.sh; each dut has a second card, tap0, with
# 198.51.101.1 and 2001:db8:101::1.
#
# FUZZ=1000000 for a long run, half of them each way; SEED for another, FIRST to begin at
# that packet.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/beside.sh"
need ethtool
need_module
modprobe -q tun
[ -e /dev/net/tun ] || skip_all "this kernel has no tap devices"

FUZZ=${FUZZ:-4000}
SEED=${SEED:-$(date +%s)}
FIRST=${FIRST:-0}
KINDS=(vxlan plain off on l3)

# last_value KEY: of the lines key=value that fl-test prints
last_value()
{
	sed -n "s/^$1=//p" <<<"$OUTPUT" | tail -n 1
}

# tap KIND: the second card, and the peer behind it, which the device knows
tap()
{
	local dut=$1-dut family under

	nip_batch "$dut" <<-END
		tuntap add dev tap0 mode tap vnet_hdr
		link set tap0 address 02:00:00:00:20:01 up
		address add 198.51.101.1/24 dev tap0
		address add 2001:db8:101::1/64 dev tap0 nodad
	END
	for family in 4 6; do
		under=198.51.101.2
		[ "$family" = 4 ] || under=2001:db8:101::2
		if [ "$1" = l3 ]; then
			must ns "$dut" flannelctl lease set dev "ov$family" "10.203.$family.0/24" \
				mac "$BESIDE_MAC:${family}3" remote "$under"
		else
			must ns "$dut" bridge fdb replace "$BESIDE_MAC:${family}3" \
				dev "ov$family" dst "$under" self permanent
		fi
	done
}

# fuzz TITLE FIRST COUNT
fuzz()
{
	local kind reached

	ok "$1: $3 packets come to the same with all" fl-test rxfuzz prefix "$NS_PREFIX" \
		planes "$(IFS=,; echo "${KINDS[*]}")" seed "$SEED" first "$2" count "$3" \
		patience $((5000 * ${FLANNEL_SLOW:-1})) || return
	diag "$OUTPUT"
	expect "$1: many are delivered" "$(last_value vxlan)" -gt $(($3 / 4))
	expect "$1: many came by the tap device" "$(last_value tap)" -gt $(($3 / 5))
	expect "$1: some were joined" "$(last_value joined)" -gt $(($3 / 50))
	expect "$1: some came in pieces" "$(last_value pieces)" -gt $(($3 / 50))
	for kind in plain on l3; do
		reached=$(($(counter "$kind-dut" ov4 rx_fast) + $(counter "$kind-dut" ov6 rx_fast)))
		expect "$1: $kind takes the fast path" "$reached" -gt $(($3 / 20))
	done
	expect_eq "$1: off never does" 0 \
		$(($(counter off-dut ov4 rx_fast) + $(counter off-dut ov6 rx_fast)))
}

beside "${KINDS[@]}"
for kind in "${KINDS[@]}"; do
	tap "$kind"
done
diag "SEED=$SEED"
fuzz "as they come" "$FIRST" $((FUZZ / 2))
# What a card has verified by then, and merged
for kind in "${KINDS[@]}"; do
	must ns "$kind-dut" ethtool -K eth0 gro on
done
fuzz "through GRO" "$FIRST" $((FUZZ / 2))
