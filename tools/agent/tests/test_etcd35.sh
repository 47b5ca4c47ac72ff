#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The tests beside a real etcd once more, with etcd 3.5: side by side, each with an
# etcd of its own. The system's is 3.4.
set -u -o pipefail

HERE=$(dirname "$(realpath "$0")")
OUT=${OUT:-build/tools}
DIR=$(mktemp -d) || exit 1
trap 'rm -rf "$DIR"' EXIT
trap 'exit 1' INT TERM HUP

if ! FOLDER=$("$HERE/fetch-etcd" 3.5 2>"$DIR/fetch.log"); then
	echo "1..0 # SKIP etcd 3.5: $(tail -n 1 "$DIR/fetch.log")"
	exit 0
fi
export PATH=$FOLDER:$PATH OUT

# numbered TEST FIRST: its lines of TAP, numbered on from FIRST and named after it
numbered()
{
	awk -v n="$2" -v test="$1" '
		/^(not )?ok [0-9]+/ {
			match($0, /ok [0-9]+ (- )?/)
			status = /^not/ ? "not ok" : "ok"
			print status " " n++ " - " test ": " substr($0, RSTART + RLENGTH)
		}
		/^#/' "$DIR/$1"
}

declare -A PIDS
echo "TAP version 13"
VERSION=$(etcd --version | head -n 1)
[[ $VERSION == "etcd Version: 3.5."* ]] || printf 'not '
echo "ok 1 - it is $VERSION"
for test in etcd auth alloc; do
	program=$HERE/test_$test.sh
	[ -x "$program" ] || program=$OUT/test/agent/test_$test
	CMOCKA_MESSAGE_OUTPUT=TAP "$program" >"$DIR/$test" 2>&1 &
	PIDS[$test]=$!
done
NEXT=2
STATUS=0
for test in etcd auth alloc; do
	wait "${PIDS[$test]}" || STATUS=1
	# One that died has told of no failure.
	grep -q '^1\.\.' "$DIR/$test" || STATUS=1
	numbered "$test" "$NEXT"
	NEXT=$((NEXT + $(grep -cE '^(not )?ok [0-9]+' "$DIR/$test")))
done
echo "1..$((NEXT - 1))"
exit $STATUS
