#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# Our device takes and drops what a vxlan device takes and drops: ECN (RFC 6040),
# reserved bits, packets that are too short, checksums, fragments, VNIs, frames of
# all kinds; for IPv4 and IPv6 inside and outside. What is delivered is the same.
# The namespaces are drawn in compare.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/compare.sh"
need bridge ethtool python3
need_module
modprobe -q vxlan

compare_setup
compare_run "$HERE/header_decap.py" "$MAC_A" "$MAC_B"
