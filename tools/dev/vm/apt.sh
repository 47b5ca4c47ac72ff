# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# Packages of any Debian suite, fetched and unpacked into the cache. Nothing is
# installed, and the machine's own package lists are neither used nor changed: each
# suite has its own lists in the cache.

readonly DEBIAN_KEYS=/usr/share/keyrings/debian-archive-keyring.gpg

# The mirror that this machine uses for SUITE's archive, or Debian's.
apt_mirror()
{
	local archive=debian fallback=http://deb.debian.org/debian

	if [[ $1 == *-security ]]; then
		archive=debian-security
		fallback=http://security.debian.org/debian-security
	fi
	# shellcheck disable=SC2016 # apt's own notation
	apt-get indextargets --format '$(REPO_URI)' 2>/dev/null |
		sed 's,/*$,,' | grep -m 1 "/$archive\$" || echo "$fallback"
}

# apt_select NAME SUITE...: the following calls use these suites.
apt_select()
{
	local suite

	APT_STATE=$CACHE/apt/$1
	shift
	mkdir -p "$APT_STATE"/{lists/partial,archives/partial}
	: >"$APT_STATE/status"
	: >"$APT_STATE/sources.list"
	for suite; do
		printf 'deb [arch=amd64 signed-by=%s] %s %s main\n' \
			"$DEBIAN_KEYS" "$(apt_mirror "$suite")" "$suite" \
			>>"$APT_STATE/sources.list"
	done
	APT_OPTIONS=(-q
		-o "APT::Architecture=amd64" -o "APT::Architectures=amd64"
		-o "APT::Sandbox::User=" -o "Acquire::Languages=none"
		-o "Acquire::Retries=3" -o "Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled=false"
		-o "Dir::Etc::sourcelist=$APT_STATE/sources.list"
		-o "Dir::Etc::sourceparts=/dev/null"
		-o "Dir::Etc::preferences=/dev/null"
		-o "Dir::Etc::preferencesparts=/dev/null"
		-o "Dir::State=$APT_STATE" -o "Dir::State::Lists=$APT_STATE/lists"
		-o "Dir::State::status=$APT_STATE/status"
		-o "Dir::Cache=$APT_STATE" -o "Dir::Cache::archives=$APT_STATE/archives"
		-o "Debug::NoLocking=1")
}

# apt_sources: after apt_select; the following calls include source packages.
apt_sources()
{
	sed -i 's/^deb \(.*\)/&\ndeb-src \1/' "$APT_STATE/sources.list"
}

apt_update()
{
	local log=$APT_STATE/update.log

	[ -e "$DEBIAN_KEYS" ] ||
		die "$DEBIAN_KEYS is missing: apt-get install debian-archive-keyring"
	apt-get "${APT_OPTIONS[@]}" -o APT::Update::Error-Mode=any update \
		>"$log" 2>&1 && return
	tail -n 5 "$log" >&2
	die "cannot fetch the package lists named in $APT_STATE/sources.list; see above"
}

# The relations of a package, one per line: NAME or NAME=VERSION.
apt_depends()
{
	apt-cache "${APT_OPTIONS[@]}" show --no-all-versions "$1" 2>/dev/null |
		sed -n 's/^\(Pre-\)\?Depends: //p' | tr ',' '\n' |
		sed 's/|.*//; s/ *(= *\([^)]*\))/=\1/; s/ *([^)]*)//; s/ //g'
}

# apt_closure REGEX PACKAGE...: the packages and their dependencies whose names
# match.
apt_closure()
{
	local regex=$1 package dep
	local -A seen=()
	shift
	local queue=("$@")

	while [ ${#queue[@]} -gt 0 ]; do
		package=${queue[0]}
		queue=("${queue[@]:1}")
		[ -z "${seen[${package%%=*}]:-}" ] || continue
		seen[${package%%=*}]=1
		echo "$package"
		while read -r dep; do
			[[ $dep =~ $regex ]] && queue+=("$dep")
		done < <(apt_depends "$package")
	done
}

# apt_unpack FOLDER PACKAGE...
apt_unpack()
{
	local into=$1 debs deb log=$APT_STATE/download.log
	shift

	debs=$(mktemp -d "$APT_STATE/debs.XXXXXX")
	if ! (cd "$debs" && apt-get "${APT_OPTIONS[@]}" download "$@") >"$log" 2>&1; then
		tail -n 5 "$log" >&2
		rm -rf "$debs"
		die "cannot fetch $*; see above"
	fi
	mkdir -p "$into"
	for deb in "$debs"/*.deb; do
		dpkg-deb --extract "$deb" "$into" ||
			die "cannot unpack ${deb##*/} into $into: is the disk full?"
	done
	rm -rf "$debs"
}

# apt_source FOLDER PACKAGE: unpack its source with the distribution's patches in FOLDER,
# which is created. Prints its version.
apt_source()
{
	local into=$1 package=$2 files log=$APT_STATE/download.log

	files=$(mktemp -d "$APT_STATE/source.XXXXXX")
	if ! (cd "$files" && apt-get "${APT_OPTIONS[@]}" source --download-only "$package") \
		>"$log" 2>&1; then
		tail -n 5 "$log" >&2
		rm -rf "$files"
		die "cannot fetch the source of $package; see above"
	fi
	# apt has verified it against the signed list.
	dpkg-source --no-check --extract "$files"/*.dsc "$into" >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		rm -rf "$files"
		die "cannot unpack the source of $package into $into; see above"
	}
	sed -n 's/^Version: //p' "$files"/*.dsc
	rm -rf "$files"
}
