#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The agent with the module's device beside an etcd into which strangers write what they
# like: the device's table must hold what the good leases say and nothing else.
# tools/agent/tests/test_fuzz.sh does the same without the module.
#
#     node1 flannel-agent
#       |
#       +--- br0 ---+---- etcd
#
# LEASE_FUZZ=CHANGES (default 2000); SEED=N which ones (default: the time); SAN=1 takes the
# agent that was built with sanitizers.
# TIMEOUT 900
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
. "$LIB/nodes.sh"
. "$LIB/agents.sh"
[ -z "${SAN:-}" ] || PATH=$FLANNEL_BUILD/tools-asan/bin:$PATH
need_agents
need python3
[ "$AGENT_DEVICE" = flannel ] || skip_all "the table is that of the link type"

LEASE_FUZZ=${LEASE_FUZZ:-2000}
SEED=${SEED:-$EPOCHSECONDS}
# What strangers write is told, each place in the program 20 times at once.
# shellcheck disable=SC2034 # of agents.sh
LINES_A_MINUTE=1000 SAME_A_MINUTE=200
FUZZ=$(dirname "$SELFTESTS")/tools/agent/tests/fuzz_leases.py

nodes 1
etcd_up "$CONFIG46"
wish 9 6
must mv "$TMP/run9" "$TMP/run1"
agent 1
agent_ready 1
expect_eq "the node has the subnet that the model leaves out" "10.244.9.0-24&fd00:10:244:9::-64" \
	"$(lease_name 1)"

fuzz() { ns node1 python3 "$FUZZ" "$ETCD" flannel "$@"; }
ok "the device has what the good leases say, and nothing else (SEED=$SEED)" fuzz "$LEASE_FUZZ" "$SEED"
diag "${OUTPUT%%$'\n'*}"
ok "of two nodes with one MAC the one that stays is reached" fuzz one-mac
ok "the node is still ready" http 1 /readyz
ok "nothing is left when all leases are removed" fuzz none
expect_eq "no lease" "" "$(ns node1 flannelctl lease show dev flannel.1)"
agents_end
