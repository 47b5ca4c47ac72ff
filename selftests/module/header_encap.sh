#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The outer headers of what our device sends are those of a vxlan device with the
# same options: TOS and ECN (RFC 6040), TTL, DF, flow label, addresses, checksums,
# the VXLAN header; for IPv4 and IPv6 inside and outside, VLANs and other protocols.
# The namespaces are drawn in compare.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/compare.sh"
need bridge ethtool python3
need_module
modprobe -q vxlan

compare_setup
compare_run "$HERE/header_encap.py"
