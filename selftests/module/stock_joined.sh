#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Outer packets that arrive joined into one large packet: sent as UDP segments, put
# together by a hop that does GRO for what it forwards, or handed over by a tap device
# or a packet socket; for the node and for a pod behind it. Each inner datagram comes out, as with the kernel's vxlan device,
# with each setting of the fast path, with and without netfilter hooks.
#
# The planes are drawn in beside.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/beside.sh"
need python3 nft ethtool
need_module
modprobe -q tun
[ -e /dev/net/tun ] || skip_all "this kernel has no tap devices"

KINDS=(vxlan plain off on l3)
BESIDE_HOP=1
beside "${KINDS[@]}"
beside_pods "${KINDS[@]}"
beside_run "$HERE/stock_joined.py" "${KINDS[@]}"
