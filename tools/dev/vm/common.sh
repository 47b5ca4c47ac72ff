# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Shared by the scripts of this folder: paths, and error messages.

VM_DIR=$(dirname "$(realpath "${BASH_SOURCE[0]}")")
TOP=$(realpath "$VM_DIR/../../..")
BUILD=$(realpath -m "${BUILD:-$TOP/build}")
CACHE=$(realpath -m "${FLANNEL_CACHE:-${XDG_CACHE_HOME:-$HOME/.cache}/flannel}")
# shellcheck disable=SC2034 # used by those who source this
readonly VM_DIR TOP BUILD CACHE

say()
{
	printf '%s: %s\n' "${0##*/}" "$*" >&2
}

die()
{
	say "$@"
	exit "${DIE_STATUS:-125}"
}

# require COMMAND PACKAGE: if the command is missing, name the package.
require()
{
	command -v "$1" >/dev/null ||
		die "$1 is not installed: run 'make setup', or 'apt-get install $2'"
}

# lock NAME: wait for the lock; hold it until the script ends.
lock()
{
	local fd

	mkdir -p "$CACHE" || die "cannot write to the cache folder $CACHE: set FLANNEL_CACHE to another"
	exec {fd}>"$CACHE/.lock-$1"
	if ! flock -n "$fd"; then
		say "waiting for another run that holds $CACHE/.lock-$1"
		flock "$fd"
	fi
}
