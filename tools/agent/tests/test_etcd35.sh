#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tests beside a real etcd once more, with etcd 3.5: side by side, each with an
# etcd of its own. The system's is 3.4.
set -u -o pipefail

HERE=$(dirname "$(realpath "$0")")
. "$HERE/../../../selftests/lib/tap.sh"
. "$HERE/../../../selftests/lib/tap_read.sh"
OUT=${OUT:-build/tools}
DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM HUP

FOLDER=$("$HERE/../../dev/fetch" etcd-3.5 trixie etcd-server etcd-client 2>"$DIR/fetch.log") ||
	skip_all "etcd 3.5: $(tail -n 1 "$DIR/fetch.log")"
export PATH=$FOLDER/usr/bin:$PATH OUT
etcd --version >"$DIR/version" 2>&1 ||
	skip_all "etcd 3.5 does not run on this machine: $(tail -n 1 "$DIR/version")"

declare -A PIDS
tap_begin
says "it is etcd 3.5" '^etcd Version: 3\.5\.' head -n 1 "$DIR/version"
for test in etcd auth alloc; do
	program=$HERE/test_$test.sh
	[ -x "$program" ] || program=$OUT/test/agent/test_$test
	CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$DIR/$test" 2>&1 &
	PIDS[$test]=$!
done
for test in etcd auth alloc; do
	wait "${PIDS[$test]}"
	status=$?
	tap_read "$test" all <"$DIR/$test"
	tap_verdict "$test" "$status"
done
tap_end
