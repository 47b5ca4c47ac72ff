#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The contract of the CNI plug-in: what it passes to its delegate, what it saves, and how it
# reports errors. The delegate is a script that records its input.
# SEED and FUZZ: seed and number of the random configurations.
# shellcheck disable=SC2016 # the filters are jq's
set -u

. "$(dirname "$(realpath "$0")")/common.sh"

mkdir "$DIR/bin"
cat >"$DIR/bin/bridge" <<'END'
#!/bin/sh
cat >"$DIR/got"
if [ "$CNI_COMMAND" = VERSION ]; then
	cat "$DIR/versions"
	exit
fi
echo "$CNI_COMMAND $CNI_CONTAINERID $CNI_IFNAME" >>"$DIR/calls"
[ ! -e "$DIR/$CNI_COMMAND" ] || . "$DIR/$CNI_COMMAND"
[ "$CNI_COMMAND" != ADD ] || echo '{"cniVersion": "1.0.0", "ips": [{"address": "10.244.7.2/24"}]}'
END
chmod +x "$DIR/bin/bridge"
cp "$DIR/bin/bridge" "$DIR/bin/host-local"
cp "$DIR/bin/bridge" "$DIR/bin/ptp"
echo '{"cniVersion": "1.1.0", "supportedVersions": ["1.0.0", "1.1.0"]}' >"$DIR/versions"
export CNI_ARGS="K8S_POD_NAME=p"

# anew: reset to the state before any call
anew()
{
	rm -rf "$DIR"/{data,calls,got,ADD,DEL,CHECK,STATUS,GC,networks}
	env_file
	ID=c1 IFNAME=eth0 VERSION=1.0.0 NETNS=/run/netns/none PLUGINS=$DIR/bin
}

calls()
{
	cat "$DIR/calls" 2>/dev/null
}

kept()
{
	(cd "$DIR/data" 2>/dev/null && echo *)
}

# gave NAME JQ: this holds for the delegate's input
gave()
{
	says "$1" '^true$' jq -c "$2" "$DIR/got"
}

# fails COMMAND [SHELL]: from now on the delegate fails for it
fails()
{
	echo "${2:-echo '{\"code\": 11, \"msg\": \"not now\"}'; exit 1}" >"$DIR/$1"
}

test_add()
{
	anew
	says "ADD: the delegate's result is printed" '10\.244\.7\.2/24' cni ADD
	expect_eq "ADD: the delegate is called once" "ADD c1 eth0" "$(calls)"
	gave "ADD: it is a bridge, which is the gateway" '.type == "bridge" and .isGateway'
	gave "ADD: it has the network's name and version" \
		'.name == "cbr0" and .cniVersion == "1.0.0"'
	gave "ADD: its MTU is flannel's" '.mtu == 1450'
	gave "ADD: flannel masquerades, so it does not" '.ipMasq == false'
	gave "ADD: its addresses are the node's subnet" \
		'.ipam.type == "host-local" and .ipam.ranges == [[{"subnet": "10.244.7.0/24"}]]'
	gave "ADD: it has a route to the cluster" '.ipam.routes == [{"dst": "10.244.0.0/16"}]'
	says "ADD: what it got is kept under flannel's name, too" '^true$' \
		jq -n --slurpfile a "$DIR/got" --slurpfile b "$DIR/data/c1" '$a == $b'
	expect_eq "ADD: only root can read it" "700 600" \
		"$(stat -c %a "$DIR/data" "$DIR/data/c1" | tr '\n' ' ' | sed 's/ $//')"

	anew
	env_file FLANNEL_NETWORK=10.244.0.0/16,10.96.0.0/12 FLANNEL_SUBNET=10.244.7.1/24 \
		FLANNEL_IPV6_NETWORK=fd00:1::/48 FLANNEL_IPV6_SUBNET=fd00:1:0:7::1/64 \
		FLANNEL_MTU=1430 FLANNEL_IPMASQ=false FLANNEL_LATER=1 "" "# comment"
	ok "ADD: both families" cni ADD
	gave "ADD: a range of each" '.ipam.ranges ==
		[[{"subnet": "10.244.7.0/24"}], [{"subnet": "fd00:1:0:7::/64"}]]'
	gave "ADD: and routes to all networks" '[.ipam.routes[].dst] ==
		["10.244.0.0/16", "10.96.0.0/12", "fd00:1::/48"]'
	gave "ADD: flannel does not masquerade, so it does" '.ipMasq == true'

	anew
	ok "ADD: the user's choices" cni ADD '. + {delegate: {type: "ptp", mtu: 9000, ipMasq: true,
		hairpinMode: true}, ipam: {type: "static", x: 1, ranges: 5,
		routes: [{dst: "192.0.2.0/24", gw: "10.244.7.9"}]}, runtimeConfig: {mac: "a"}}'
	gave "ADD: stay as they are" '.type == "ptp" and .mtu == 9000 and .ipMasq and .hairpinMode
		and .ipam.type == "static" and .ipam.x == 1'
	gave "ADD: only a bridge is told to be the gateway" '.isGateway == null'
	gave "ADD: his routes come first" '[.ipam.routes[].dst] == ["192.0.2.0/24", "10.244.0.0/16"]
		and .ipam.routes[0].gw == "10.244.7.9"'
	gave "ADD: ranges are the node's" '.ipam.ranges == [[{"subnet": "10.244.7.0/24"}]]'
	gave "ADD: the runtime's configuration is passed on" '.runtimeConfig.mac == "a"'
	anew
	ok "ADD: keys are found whatever their case" cni ADD '. + {DELEGATE: {mtu: 77}}'
	gave "ADD: as other plug-ins find them" '.mtu == 77'
}

test_del()
{
	anew
	cni ADD >/dev/null
	cp "$DIR/got" "$DIR/given"
	rm "$DIR/subnet.env"
	NETNS=
	silent "DEL: without a namespace and a subnet.env" cni DEL
	expect_eq "DEL: reaches the delegate" "DEL c1 eth0" "$(calls | tail -n 1)"
	ok "DEL: with what it got for ADD" cmp "$DIR/given" "$DIR/got"
	expect_eq "DEL: and nothing is kept" "*" "$(kept)"
	silent "DEL: again, it is done already" cni DEL
	expect_eq "DEL: and the delegate is not asked" 2 "$(calls | wc -l)"

	anew
	cni ADD >/dev/null
	silent "DEL: with the result of ADD" cni DEL '. + {prevResult: {ips: [1]}}'
	gave "DEL: which the delegate gets" '.prevResult.ips == [1]'

	anew
	cni ADD >/dev/null
	fails DEL
	code_is "DEL: what the delegate says of its failure is passed on" 11 "not now" cni DEL
	rm "$DIR/DEL"
	silent "DEL: and can be repeated" cni DEL
	expect_eq "DEL: it reaches the delegate again" 2 "$(calls | grep -c DEL)"
	expect_eq "DEL: then nothing is kept" "*" "$(kept)"

	anew
	cni ADD >/dev/null
	echo "{half" >"$DIR/data/c1"
	silent "DEL: what was kept is damaged: it is made anew" cni DEL
	expect_eq "DEL: and reaches the delegate" "DEL c1 eth0" "$(calls | tail -n 1)"
	anew
	cni ADD >/dev/null
	echo "{half" >"$DIR/data/c1"
	rm "$DIR/subnet.env"
	silent "DEL: damaged, and no subnet.env: the container can go" cni DEL
	expect_eq "DEL: and nothing is kept" "*" "$(kept)"
}

test_interfaces()
{
	anew
	cni ADD >/dev/null
	IFNAME=net1 cni ADD '. + {delegate: {mtu: 1000}}' >/dev/null
	IFNAME=net1
	silent "interfaces: one of two is deleted" cni DEL
	gave "interfaces: with its own configuration" '.mtu == 1000'
	silent "interfaces: once more, which does nothing" cni DEL
	IFNAME=eth0
	silent "interfaces: then the other one" cni DEL
	gave "interfaces: with its own" '.mtu == 1450'
	expect_eq "interfaces: three calls of DEL, two for the delegate" 2 "$(calls | grep -c DEL)"
	expect_eq "interfaces: and nothing is kept" "*" "$(kept)"

	anew
	mkdir "$DIR/data"
	netconf '{name, type: "bridge", mtu: 5}' >"$DIR/data/c1"
	silent "interfaces: what flannel's own plug-in kept is taken over" cni DEL
	gave "interfaces: and given to the delegate" '.mtu == 5'
	expect_eq "interfaces: and removed" "*" "$(kept)"

	anew
	cni ADD >/dev/null
	rm "$DIR/data/c1" # flannel's plug-in has deleted it
	ok "interfaces: what it deletes it finds under its name" test -e "$DIR/data/c1:eth0"
}

test_failed_add()
{
	anew
	fails ADD
	code_is "failed ADD: the delegate's error is passed on" 11 "not now" cni ADD
	expect_eq "failed ADD: it is undone" "ADD c1 eth0 DEL c1 eth0" "$(calls | tr '\n' ' ' | sed 's/ $//')"
	expect_eq "failed ADD: nothing is kept" "*" "$(kept)"
	anew
	fails ADD
	fails DEL
	code_is "failed ADD: and its end, too" 11 "not now" cni ADD
	rm "$DIR/DEL"
	silent "failed ADD: the runtime's DEL does it" cni DEL
	expect_eq "failed ADD: nothing is kept then" "*" "$(kept)"
	anew
	cni ADD >/dev/null
	fails ADD
	code_is "failed ADD: a second one of an interface that is there" 11 "not now" cni ADD
	expect_eq "failed ADD: does not take it away" 0 "$(calls | grep -c DEL)"
	expect_eq "failed ADD: nor what is kept of it" "c1 c1:eth0" "$(kept)"

	anew
	fails ADD 'echo nonsense; exit 3'
	code_is "failed ADD: a delegate that says no reason" 101 "ended ADD with status 3" cni ADD
	anew
	fails ADD 'kill -KILL $$'
	code_is "failed ADD: one that is killed" 101 "was killed" cni ADD
	anew
	fails ADD 'exit 0'
	code_is "failed ADD: one without a result" 101 "no result" cni ADD
	anew
	fails ADD 'head -c 10000000 /dev/zero; exit 0'
	code_is "failed ADD: one that never stops talking" 5 "too large" cni ADD
	anew
	fails ADD 'exec 0<&-'
	ok "ADD: a delegate that does not read all it is told" \
		cni ADD '. + {delegate: {x: ("y" * 1000000)}}'
}

test_check()
{
	anew
	code_is "CHECK: of a container that is not known" 3 "nothing is known" cni CHECK
	cni ADD >/dev/null
	silent "CHECK: the delegate is asked" cni CHECK '. + {prevResult: {ips: [1]}}'
	gave "CHECK: with the result of ADD" '.prevResult.ips == [1] and .mtu == 1450'
	fails CHECK
	code_is "CHECK: and what it finds is told" 11 "not now" cni CHECK
	VERSION=0.3.1
	code_is "CHECK: old versions have none" 1 "has no CHECK" cni CHECK
}

test_status()
{
	anew
	VERSION=1.1.0 ID="" IFNAME="" NETNS=""
	silent "STATUS: all is there" cni STATUS
	rm "$DIR/subnet.env"
	code_is "STATUS: no subnet.env" 50 "flannel-agent" cni STATUS
	env_file FLANNEL_NETWORK=10.244.0.0/16 FLANNEL_SUBNET=10.244.7.1/24
	code_is "STATUS: half of one" 50 "FLANNEL_MTU, FLANNEL_IPMASQ is missing" cni STATUS
	env_file
	code_is "STATUS: no delegate" 50 'plug-in "absent"' cni STATUS '. + {delegate: {type: "absent"}}'
	code_is "STATUS: nobody who manages addresses" 50 'plug-in "absent"' \
		cni STATUS '. + {ipam: {type: "absent"}}'
	echo '{"supportedVersions": ["1.0.0"]}' >"$DIR/versions"
	code_is "STATUS: a delegate that is too old for the network" 50 "does not know cniVersion 1.1.0" \
		cni STATUS
	echo '{"supportedVersions": ["1.0.0", "1.1.0"]}' >"$DIR/versions"
	fails STATUS "echo '{\"code\": 51, \"msg\": \"limited\"}'; exit 1"
	code_is "STATUS: what the delegate says" 51 limited cni STATUS
	VERSION=1.0.0
	code_is "STATUS: older versions have none" 1 "has no STATUS" cni STATUS
}

# address FILE ID [IFNAME]: an address that host-local has assigned
address()
{
	mkdir -p "$DIR/networks/cbr0"
	printf '%s' "$2${3:+$'\r\n'$3}" >"$DIR/networks/cbr0/$1"
}

test_gc()
{
	local valid='. + {ipam: {dataDir: "\($ENV.DIR)/networks"}} +
		{"cni.dev/valid-attachments": [{containerID: "c1", ifname: "eth0"}]}'
	local id

	anew
	VERSION=1.1.0
	for id in c1 c2 c3; do
		ID=$id cni ADD >/dev/null
	done
	IFNAME=net1 cni ADD >/dev/null
	netconf '{name, type: "bridge"}' >"$DIR/data/c4"
	netconf '{name: "other", type: "bridge"}' >"$DIR/data/c5"
	address 10.244.7.2 c1 eth0
	address 10.244.7.3 c1 net1
	address 10.244.7.4 c2
	address fd00::5 c9 eth0
	echo 10.244.7.5 >"$DIR/networks/cbr0/last_reserved_ip.0"
	rm "$DIR/calls"
	ID="" IFNAME="" NETNS=""
	code_is "GC: without the list of what is valid" 7 "is missing" cni GC
	code_is "GC: with one that has a bad item" 7 "item 0" cni GC '. + {"cni.dev/valid-attachments": [1]}'
	expect_eq "GC: nothing is touched then" "" "$(calls)"
	silent "GC: all but what is valid goes" cni GC "$valid"
	expect_eq "GC: each gets its DEL" "DEL c1 net1 DEL c2 eth0 DEL c3 eth0 DEL c4 eth0" \
		"$(calls | sort | tr '\n' ' ' | sed 's/ $//')"
	expect_eq "GC: others' networks are left alone" "c1 c1:eth0 c5" "$(kept)"
	expect_eq "GC: addresses that nobody has are given back" "10.244.7.2 last_reserved_ip.0 lock" \
		"$(cd "$DIR/networks/cbr0" && echo *)"
	anew
	VERSION=1.1.0
	for id in c2 c3; do
		ID=$id cni ADD >/dev/null
	done
	fails DEL 'if [ "$CNI_CONTAINERID" = c2 ]; then echo "{\"code\": 9, \"msg\": \"no\"}"; exit 1; fi'
	ID="" IFNAME="" NETNS=""
	code_is "GC: one that cannot be deleted is told" 9 no cni GC "$valid"
	expect_eq "GC: and the others are" "c2 c2:eth0" "$(kept)"
}

test_bad_input()
{
	anew
	says "VERSION: the versions are told" '"supportedVersions":\["0.1.0",.*"1.1.0"\]' \
		env -i CNI_COMMAND=VERSION "$FLANNEL"
	ok "VERSION: it is an answer of JSON" jq -e '.cniVersion == "1.1.0"' <<<"$OUTPUT"
	code_is "bad input: no such command" 4 "unknown CNI_COMMAND: NONSENSE" cni NONSENSE
	PLUGINS=""
	IFNAME=""
	code_is "bad input: what is missing is named" 4 '\[CNI_IFNAME,CNI_PATH\] missing' cni ADD
	anew
	NETNS=""
	code_is "bad input: ADD needs a namespace" 4 '\[CNI_NETNS\] missing' cni ADD
	anew
	ID=../c1
	code_is "bad input: a container ID that is a path" 4 CNI_CONTAINERID cni ADD
	anew
	ID=$(printf 'x%.0s' {1..300})
	code_is "bad input: one that is too long" 5 "too long" cni ADD
	for IFNAME in ../x averyverylongname . "a b" a:b; do
		ID=c1
		code_is "bad input: interface '$IFNAME'" 4 CNI_IFNAME cni ADD
	done
	anew
	VERSION=9.9.9
	code_is "bad input: a version of the future" 1 "incompatible CNI versions" cni ADD
	anew
	code_is "bad input: no name" 7 "missing network name" cni ADD 'del(.name)'
	code_is "bad input: a name that is a path" 7 "invalid characters" cni ADD '.name = "../x"'
	code_is "bad input: a delegate that is none" 7 '"delegate" .* not an object' cni ADD '.delegate = 5'
	code_is "bad input: a delegate's type that is none" 7 '"type" of "delegate"' cni ADD '.delegate = {type: 5}'
	code_is "bad input: a delegate with a name" 7 'must not have "name"' cni ADD '.delegate = {name: "x"}'
	code_is "bad input: a delegate with an ipam" 7 'beside "delegate"' cni ADD '.delegate = {ipam: {}}'
	code_is "bad input: a delegate that is a path" 7 'not the name of a plug-in' \
		cni ADD '.delegate = {type: "../bin/bridge"}'
	code_is "bad input: a delegate that is missing" 100 "failed to find plug-in" \
		cni ADD '.delegate = {type: "absent"}'
	code_is "bad input: a route that is none" 7 'item 0 of "routes"' cni ADD '.ipam = {routes: [{dst: "x"}]}'
	code_is "bad input: an ipam's type that is none" 7 '"type" of "ipam"' cni ADD '.ipam = {type: []}'
	code_is "bad input: a dataDir that is a file" 5 "Not a directory" cni ADD '.dataDir = $ENV.DIR + "/subnet.env"'
	expect_eq "bad input: no delegate was called" "" "$(calls)"
	expect_eq "bad input: and nothing kept" "" "$(kept)"

	for text in '' '{' '[]' '"x"' $'{"name": "\xff"}' '{"name": "a\u0000b"}'; do
		code_is "bad input: standard input '$(printf %q "$text")'" 6 "standard input" env \
			CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_IFNAME=e CNI_NETNS=/n CNI_PATH=/p \
			bash -c 'printf %s "$1" | "$FLANNEL"' - "$text"
	done
	code_is "bad input: no standard input" 5 "cannot read standard input" env \
		CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_IFNAME=e CNI_NETNS=/n CNI_PATH=/p \
		bash -c '"$FLANNEL" <&-'
	code_is "bad input: too much of it" 7 "longer than" env \
		CNI_COMMAND=ADD CNI_CONTAINERID=c CNI_IFNAME=e CNI_NETNS=/n CNI_PATH=/p \
		bash -c 'head -c 5000000 /dev/zero | "$FLANNEL"'
}

test_subnet_env()
{
	local line

	anew
	rm "$DIR/subnet.env"
	code_is "subnet.env: is not there" 11 "does flannel-agent run" cni ADD
	mkfifo "$DIR/subnet.env"
	code_is "subnet.env: is a pipe" 5 "not a regular file" cni ADD
	rm "$DIR/subnet.env"
	env_file FLANNEL_NETWORK=10.244.0.0/16 FLANNEL_SUB
	code_is "subnet.env: ends in the middle of a line" 11 "FLANNEL_SUB" cni ADD
	: >"$DIR/subnet.env"
	code_is "subnet.env: is empty" 11 "FLANNEL_NETWORK, FLANNEL_SUBNET" cni ADD
	for line in FLANNEL_NETWORK=10.244.0.0 FLANNEL_NETWORK=fd00::/64 FLANNEL_SUBNET=x/24 \
		FLANNEL_SUBNET=10.244.7.1/33 FLANNEL_MTU=14x FLANNEL_MTU=-1 FLANNEL_MTU=0 \
		FLANNEL_MTU=99999999999999999999 FLANNEL_IPMASQ=perhaps; do
		env_file
		echo "$line" >>"$DIR/subnet.env"
		code_is "subnet.env: $line" 7 "${line%%=*}" cni ADD
	done
	env_file
	for line in {1..40}; do
		echo "FLANNEL_NETWORK=10.$line.0.0/16"
	done >>"$DIR/subnet.env"
	code_is "subnet.env: too many networks" 7 "more than 32" cni ADD
}

# Only if root's privileges do not interfere
test_disk()
{
	local full=$DIR/full

	anew
	mkdir "$full"
	if ! mount -t tmpfs -o size=4k,nr_inodes=3 none "$full" 2>/dev/null; then
		skip "disk: it is full" "nothing can be mounted here"
		return
	fi
	touch "$full"/{a,b}
	code_is "disk: it is full" 5 "No space left" cni ADD '.dataDir = $ENV.DIR + "/full"'
	umount "$full"
	expect_eq "disk: the delegate was not called" "" "$(calls)"
}

test_at_once()
{
	local i pids=() bad=0

	anew
	for i in {1..20}; do
		ID=p$i cni ADD >/dev/null &
		pids+=($!)
	done
	for i in "${pids[@]}"; do
		wait "$i" || bad=$((bad + 1))
	done
	expect_eq "at once: 20 ADDs succeed" 0 "$bad"
	expect_eq "at once: and each is kept" 40 "$(kept | wc -w)"
}

test_hostile()
{
	local seed=${SEED:-$RANDOM}

	anew
	ok "hostile: random configurations are answered (SEED=$seed)" \
		"$HERE/hostile.py" "$FLANNEL" "$DIR" "${FUZZ:-300}" "$seed"
}

tap_begin
test_add
test_del
test_interfaces
test_failed_add
test_check
test_status
test_gc
test_bad_input
test_subnet_env
test_disk
test_at_once
test_hostile
tap_end
