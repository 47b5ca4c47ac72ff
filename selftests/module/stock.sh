#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TIMEOUT 900
# Firewall rules of the host, the kernel's vxlan device beside ours: whatever a rule
# sees and does of outer packets is the same. Rules of each chain and kind (accept,
# drop, mark, reject, state, NAT, NFQUEUE, TPROXY, sets, limits), written with nft,
# iptables-nft and iptables-legacy. STOCK_LONG=1 adds ip6tables.
#
# The planes are drawn in beside.sh.
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/beside.sh"
need python3 nft tc iptables-nft-restore iptables-legacy-restore ipset fl-test
need_module

KINDS=(vxlan plain off l3)
beside "${KINDS[@]}"
beside_run "$HERE/stock.py" "${KINDS[@]}" ${STOCK_LONG:+long}
