#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# --cni-conf: container runtimes are told when pods can be started, not before.
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need curl jq

HEALTH=$(free_port)
CONF=$DIR/net.d/10-flannel.conflist
SOURCE=$DIR/source

# agent FLAG...
agent()
{
	"$AGENT" --store-file="$DIR/store.json" --iface=lo --public-ip=127.0.0.1 \
		--subnet-file="$DIR/run/subnet.env" --healthz-ip=127.0.0.1 \
		--iptables-forward-rules=false --healthz-port="$HEALTH" --cni-conf="$CONF" "$@" \
		>"$DIR/log" 2>&1 &
	PID=$!
}

agent_ends()
{
	kill "$PID"
	wait "$PID"
}

ready()
{
	wait_for 30 curl -sf "http://127.0.0.1:$HEALTH/readyz"
	check_result $? "$1" "$(tail -n 10 "$DIR/log")"
}

# comes NAME COMMAND...: within half a minute
comes()
{
	local name=$1
	shift

	wait_for 30 "$@"
	check_result $? "$name" "$(tail -n 10 "$DIR/log")"
}

test_built_in()
{
	echo '{}' >"$DIR/store.json"
	agent
	comes "without a network config the agent waits" grep -q config "$DIR/log"
	ok "and pods do" test ! -e "$CONF"
	agent_ends
	jq -n --argjson config "$NET" '{config: $config}' >"$DIR/store.json"
	agent
	ready "with one it gets ready"
	says "and the runtime is told" '^cbr0 flannel portmap$' \
		jq -r '[.name, .plugins[].type] | join(" ")' "$CONF"
	expect_eq "in a file that everybody can read" 644 "$(stat -c %a "$CONF")"
	rm "$CONF"
	comes "it comes back when somebody removes it" test -s "$CONF"
	agent_ends
	ok "and stays when the agent ends" test -s "$CONF"
}

test_source()
{
	local bad

	echo '{"name": "mine", "plugins": [{"type": "flannel"}]}' >"$SOURCE"
	agent --cni-conf-source="$SOURCE"
	comes "a source is copied" cmp "$SOURCE" "$CONF"
	ready "and the agent ready"
	echo '{"name": "other", "plugins": [{"type": "flannel"}]}' >"$SOURCE"
	comes "its changes, too" cmp "$SOURCE" "$CONF"
	cp "$SOURCE" "$DIR/good"
	echo '{"name": ' >"$SOURCE"
	comes "one that cannot be used is told" grep -q "cannot be used as a CNI configuration" "$DIR/log"
	ok "and the last good one stays" cmp "$DIR/good" "$CONF"
	agent_ends
	expect_eq "it is told once" 1 "$(grep -c "cannot be used" "$DIR/log")"
	for bad in '{"name": ' '[]' '{"plugins": [{"type": "x"}]}' '{"name": "x", "plugins": []}' \
		'{"name": "x", "plugins": [{}]}' '{"name": "x", "plugins": 5}'; do
		echo "$bad" >"$SOURCE"
		agent --cni-conf-source="$SOURCE"
		wait "$PID"
		expect_eq "at its start the agent ends of $bad" 1 $?
	done
	agent --cni-conf-source="$DIR/absent"
	wait "$PID"
	expect_eq "and of a source that is not there" 1 $?
	says "which it names" "$DIR/absent: No such file" cat "$DIR/log"
	ok "nothing was changed" cmp "$DIR/good" "$CONF"
	refused "a source without a file to write is refused" "cni-conf, which is not given" \
		"$AGENT" --cni-conf-source="$SOURCE"
}

test_trouble()
{
	rm -rf "$DIR/net.d"
	: >"$DIR/net.d"
	agent
	ready "a folder that cannot be written to does not stop the agent"
	comes "it is told" grep -q "cannot write $CONF" "$DIR/log"
	rm "$DIR/net.d"
	comes "and written when it can be" test -s "$CONF"
	agent_ends
	expect_eq "it was told once" 1 "$(grep -c "cannot write $CONF" "$DIR/log")"
}

tap_begin
test_built_in
test_source
test_trouble
tap_end
