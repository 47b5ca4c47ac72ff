#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# TLS, client certificates and etcd's auth: the agent (backend alloc, on loopback)
# beside a real etcd that asks for them, right and wrong. No privileges.
#
#   agent --- TLS, certificate CN=flannel, or user and password --- etcd
set -u

. "$(dirname "$(realpath "$0")")/common.sh"
need etcd etcdctl openssl curl

# certificate NAME CN [EXTENSION]: signed by our authority, or by AUTHORITY
certificate()
{
	local by=${AUTHORITY:-ca}

	openssl req -newkey rsa:2048 -nodes -keyout "$DIR/$1.key" -subj "/CN=$2" \
		-out "$DIR/$1.csr" 2>>"$DIR/openssl.log"
	openssl x509 -req -in "$DIR/$1.csr" -CA "$DIR/$by.crt" -CAkey "$DIR/$by.key" \
		-CAcreateserial -days 2 -out "$DIR/$1.crt" \
		-extfile <(echo "${3:-basicConstraints=CA:FALSE}") 2>>"$DIR/openssl.log"
}

certificates()
{
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$DIR/ca.key" \
		-subj /CN=authority -days 2 -out "$DIR/ca.crt" 2>>"$DIR/openssl.log"
	certificate server server subjectAltName=IP:127.0.0.1
	certificate root root
	certificate flannel flannel
	certificate stranger stranger
	openssl req -x509 -newkey rsa:2048 -nodes -keyout "$DIR/other.key" \
		-subj /CN=other -days 2 -out "$DIR/other.crt" 2>>"$DIR/openssl.log"
	AUTHORITY=other certificate foreign foreign subjectAltName=IP:127.0.0.1
}

PORT=$(free_port)

# etcd_up SCHEME [OPTION]...
etcd_up()
{
	local scheme=$1
	shift

	URL=$scheme://127.0.0.1:$PORT
	rm -rf "$DIR/etcd"
	etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
		--listen-client-urls "$URL" --advertise-client-urls "$URL" \
		--listen-peer-urls "http://127.0.0.1:$(free_port)" "$@" \
		>>"$DIR/etcd.log" 2>&1 &
	ETCD=$!
	wait_for 20 ctl put $PREFIX/config "$NET"
}

etcd_down()
{
	kill -KILL "$ETCD"
	wait "$ETCD" 2>/dev/null
}

CTL_FLAGS=()
RUN=()	# what the agent is started by

ctl()
{
	etcdctl --endpoints "$URL" --command-timeout 30s "${CTL_FLAGS[@]}" "$@"
}

# agent [FLAG]...: its log is $DIR/log
agent()
{
	: >"$DIR/log" # now: its child may be slow to do so
	"${RUN[@]}" "$AGENT" --etcd-endpoints="$URL" --iface=lo \
		--subnet-file="$DIR/subnet.env" "$@" >"$DIR/log" 2>&1 &
	PID=$!
}

stop()
{
	kill -TERM "$PID"
	wait "$PID"
}

# log_says NAME REGEX
log_says()
{
	wait_for 30 grep -qE -- "$2" "$DIR/log"
	check_result $? "$1" "expected: a line that matches $2" "seen:" \
		"$(tail -n 10 "$DIR/log")"
}

# works NAME FLAG...
works()
{
	local name=$1
	shift

	agent "$@"
	log_says "$name" 'this node is set up'
	stop
}

# is_refused NAME REGEX FLAG...
is_refused()
{
	local name=$1 regex=$2
	shift 2

	agent "$@"
	log_says "$name" "$regex"
	stop
}

# unreadable FLAG NAME FLAG...: it ends at once, to be started again, and says which file
# cannot be read
unreadable()
{
	local flag=--etcd-$1 file=$DIR/$2
	shift 2

	agent "$flag=$file" "$@"
	wait "$PID"
	expect_eq "$flag \"${file##*/}\" that is no file: an error at the start" 1 $?
	grep -qF -- "$flag: cannot read \"$file\": " "$DIR/log"
	check_result $? "which names it" "$(cat "$DIR/log")"
}

has_lease()
{
	[ -n "$(ctl get --prefix $PREFIX/subnets/ --keys-only)" ]
}

etcd_leases()
{
	ctl lease list | grep -cE '^[0-9a-f]+$'
}

# requests METHOD: that etcd has answered so far, well or not
requests()
{
	curl -s "$URL/metrics" |
		awk -v m="grpc_method=\"$1\"" '/^grpc_server_handled_total/ && index($0, m) { n += $2 } END { print n + 0 }'
}

requests_are()
{
	[ "$(requests "$1")" -ge "$2" ]
}

# A user who may not write leaves nothing behind, and shows a password that is
# refused less and less often.
costs()
{
	local before

	ctl role add reader >/dev/null
	ctl role grant-permission reader read --prefix=true $PREFIX/ >/dev/null
	ctl user add reader:secret >/dev/null
	ctl user grant-role reader reader >/dev/null
	before=$(etcd_leases)
	agent --etcd-username=reader --etcd-password=secret
	log_says "a user who may only read" 'cannot acquire a lease .*permission denied'
	wait_for 40 requests_are Txn $(($(requests Txn) + 3))
	check_result $? "it is tried again" "$(requests Txn) transactions"
	expect_eq "no etcd lease is left" "$before" "$(etcd_leases)"
	expect_eq "and only the first try made one" 1 "$(requests LeaseGrant)"
	ctl role grant-permission reader readwrite --prefix=true $PREFIX/ >/dev/null
	log_says "it goes on when it may" 'this node is set up'
	stop
	ctl del --prefix $PREFIX/subnets/ >/dev/null

	before=$(requests Authenticate)
	agent --etcd-username=flannel --etcd-password=wrong
	log_says "a password that is refused" 'cannot log in'
	sleep 12
	before=$(($(requests Authenticate) - before))
	[ "$before" -le 7 ]
	check_result $? "is shown at growing intervals" "$before times in 12 s"
	stop
}

tls()
{
	local ours=(--etcd-cafile="$DIR/ca.crt")

	CTL_FLAGS=(--cacert "$DIR/ca.crt" --cert "$DIR/root.crt" --key "$DIR/root.key")
	etcd_up https --cert-file "$DIR/server.crt" --key-file "$DIR/server.key" \
		--client-cert-auth --trusted-ca-file "$DIR/ca.crt"
	works "client certificate" "${ours[@]}" --etcd-certfile="$DIR/flannel.crt" \
		--etcd-keyfile="$DIR/flannel.key"
	is_refused "no client certificate" "Couldn't fetch network config.*etcd-certfile" \
		"${ours[@]}"
	is_refused "an authority that did not sign the server" "Couldn't fetch network config.*certificate" \
		--etcd-cafile="$DIR/other.crt" --etcd-certfile="$DIR/flannel.crt" \
		--etcd-keyfile="$DIR/flannel.key"
	is_refused "a key that does not belong to the certificate" "Couldn't fetch network config.*" \
		"${ours[@]}" --etcd-certfile="$DIR/flannel.crt" --etcd-keyfile="$DIR/root.key"
	unreadable certfile nonsense.crt "${ours[@]}" --etcd-keyfile="$DIR/flannel.key"
	unreadable keyfile nonsense.key "${ours[@]}" --etcd-certfile="$DIR/flannel.crt"
	unreadable cafile nonsense.crt
	unreadable cafile "" # the folder itself

	# Users taken from the certificate
	ctl user add root:x >/dev/null
	ctl user grant-role root root >/dev/null 2>&1
	ctl role add flannel >/dev/null
	ctl role grant-permission flannel readwrite --prefix=true $PREFIX/ >/dev/null
	ctl user add flannel:secret >/dev/null
	ctl user grant-role flannel flannel >/dev/null
	ctl user add stranger:secret >/dev/null
	ctl auth enable >/dev/null 2>>"$DIR/ctl.log"
	works "the user of the certificate's name" "${ours[@]}" \
		--etcd-certfile="$DIR/flannel.crt" --etcd-keyfile="$DIR/flannel.key"
	is_refused "a user without the right" 'permission denied' "${ours[@]}" \
		--etcd-certfile="$DIR/stranger.crt" --etcd-keyfile="$DIR/stranger.key"
	etcd_down
	CTL_FLAGS=()
}

# The authority of --etcd-cafile is the only one, whatever the system trusts.
trust()
{
	local user=() RUN

	# Where /etc/ssl/certs has the other authority, and no more
	[ "$(id -u)" -eq 0 ] || user=(-r)
	# shellcheck disable=SC2016 # of the inner shell
	RUN=(unshare -m "${user[@]}" bash -c 'mount --bind "$0" /etc/ssl/certs && exec "$@"'
		"$DIR/system")
	mkdir "$DIR/system"
	cp "$DIR/other.crt" "$DIR/system/other.pem"
	cp "$DIR/other.crt" "$DIR/system/ca-certificates.crt"
	if ! "${RUN[@]}" true 2>"$DIR/unshare.log"; then
		skip "the system's authorities" "no mount namespace: $(head -n 1 "$DIR/unshare.log")"
		return
	fi
	CTL_FLAGS=(--cacert "$DIR/other.crt")
	etcd_up https --cert-file "$DIR/foreign.crt" --key-file "$DIR/foreign.key"
	works "an authority of the system's, when none is named"
	is_refused "the same one, when another is named" "Couldn't fetch network config.*certificate" \
		--etcd-cafile="$DIR/ca.crt"
	works "the same one, when it is named" --etcd-cafile="$DIR/other.crt"
	etcd_down
	CTL_FLAGS=()
}

passwords()
{
	etcd_up http --auth-token simple
	ctl user add root:x >/dev/null
	ctl user grant-role root root >/dev/null 2>&1
	ctl role add flannel >/dev/null
	ctl role grant-permission flannel readwrite --prefix=true $PREFIX/ >/dev/null
	ctl user add flannel:secret >/dev/null
	ctl user grant-role flannel flannel >/dev/null
	ctl auth enable >/dev/null 2>>"$DIR/ctl.log"
	CTL_FLAGS=(--user root:x)
	costs
	works "user and password" --etcd-username=flannel --etcd-password=secret
	FLANNELD_ETCD_PASSWORD=secret works "the password from the environment" \
		--etcd-username=flannel
	is_refused "a wrong password" 'cannot log in as "flannel".*authentication failed' \
		--etcd-username=flannel --etcd-password=wrong
	is_refused "none at all" "Couldn't fetch network config.*user name is empty"

	# A restarted etcd knows no token any more
	agent --etcd-username=flannel --etcd-password=secret
	log_says "set up before its tokens are lost" 'this node is set up'
	kill -KILL "$ETCD"
	wait "$ETCD" 2>/dev/null
	etcd --data-dir "$DIR/etcd" --unsafe-no-fsync --log-level error \
		--listen-client-urls "$URL" --advertise-client-urls "$URL" \
		--listen-peer-urls "http://127.0.0.1:$(free_port)" >>"$DIR/etcd.log" 2>&1 &
	ETCD=$!
	wait_for 20 ctl get $PREFIX/config
	log_says "it logs in again" 'registry can be reached again'
	ctl del --prefix $PREFIX/subnets/ >/dev/null
	log_says "and hears of changes" 'acquiring it again'
	wait_for 30 has_lease
	check_result $? "and writes"
	stop
	etcd_down
}

tap_begin
certificates
tls
trust
passwords
tap_end
