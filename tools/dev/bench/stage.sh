# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# A root file system in memory with the few programs that the bench calls. While the
# machine waits for a file of the host, its clock continues and keeps the host busy; a
# program in memory starts without that.

STAGE=/run/bench
STAGE_MARK=/.bench
STAGE_PROGRAMS=(bash ip tc bridge nft wg nsenter sysctl jq awk cat head grep
	sleep sort mktemp rm base64 env)

# stage_enter PROGRAM... -- COMMAND [ARGUMENT]...: exec COMMAND with only these programs
# and the files in this folder
stage_enter()
{
	local path files=()

	while [ "$1" != -- ]; do
		STAGE_PROGRAMS+=("$1")
		shift
	done
	shift
	mkdir -p "$STAGE"
	mount -t tmpfs -o mode=755 bench "$STAGE"
	for path in /bin /sbin /lib /lib64; do
		[ -L "$path" ] || continue
		mkdir -p "$STAGE$(realpath "$path")"
		cp -P "$path" "$STAGE/"
	done
	stage_copy "$BENCH" /etc/iproute2 /etc/protocols /etc/services
	mapfile -t files < <(stage_files)
	mapfile -t -O ${#files[@]} files < <(ldd "${files[@]}" 2>/dev/null |
		grep -oE '/[^ :()]+' | sort -u)
	stage_copy "${files[@]}"
	mkdir -p "$STAGE"/{tmp,dev,proc,sys,run/netns,"$FLANNEL_RESULTS"}
	for path in /proc /sys /dev "$FLANNEL_RESULTS"; do
		mount --rbind "$path" "$STAGE$path"
	done
	: >"$STAGE$STAGE_MARK"
	exec chroot "$STAGE" "$@"
}

stage_files()
{
	local program path

	for program in "${STAGE_PROGRAMS[@]}"; do
		type -P "$program" ||
			echo "bench: $program is not installed" >&2
	done
	for path in "$FLANNEL_BUILD"/tools/{bin,obj/bench,lib/ip}/*; do
		[ ! -f "$path" ] || [ ! -x "$path" ] || echo "$path"
	done
}

# stage_copy PATH...: copy to the same path in there
stage_copy()
{
	local path

	for path; do
		[ ! -e "$path" ] || cp -rL --parents "$path" "$STAGE/" || exit 1
	done
}
