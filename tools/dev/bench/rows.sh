# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The rows of the result, one JSON object per line in the file $ROWS, from the values
# that measure() sets: VALID, SENT, DELIVERED, UNITS and COST.

# Instructions per unit of the last measurement
per_unit()
{
	if [ "$VALID" = true ]; then
		echo $(((COST + UNITS / 2) / UNITS))
	else
		echo null
	fi
}

# add JQ_OBJECT ARGUMENT...: add a row to the result, with the outcome at its end
add()
{
	local object=$1
	shift

	jq -cn "$@" --argjson delivered "$DELIVERED" --argjson sent "$SENT" \
		"$object + {delivered: \$delivered, sent: \$sent}" >>"$ROWS"
}

# where PATH FIREWALL: set WHERE, the arguments for add() about them
where()
{
	local path=$1 fastpath=null notrack=false conntrack=true flowtable=false

	if [[ $path == flannel-* ]]; then
		fastpath="\"${path#flannel-}\""
		path=flannel
	fi
	if [ "$fastpath" = '"notrack"' ]; then
		fastpath='"auto"'
		notrack=true
	fi
	[ "$2" != plain ] || conntrack=false
	[ "$2" != flowtable ] || flowtable=true
	WHERE=(--arg path "$path" --argjson conntrack "$conntrack"
		--argjson flowtable "$flowtable" --argjson fastpath "$fastpath"
		--argjson notrack "$notrack")
}

# shellcheck disable=SC2016 # variables of jq
readonly WHERE_OBJECT='{$path, $conntrack, $flowtable, $fastpath, $notrack}'

# record PATH FIREWALL WORKLOAD
record()
{
	local value

	value=$(per_unit)
	where "$1" "$2"
	add "$WHERE_OBJECT + {\$workload, instructions_per_$(workload_unit "$3"): \$value}" \
		"${WHERE[@]}" --arg workload "$3" --argjson value "$value"
	printf '%-15s %-10s %-8s %10s\n' "$1" "$2" "$3" "$value"
}

# record_lookup LEASES
record_lookup()
{
	local value

	value=$(per_unit)
	where flannel-auto plain
	add "$WHERE_OBJECT + {workload: \"lookup\", \$leases, instructions_per_packet: \$value}" \
		"${WHERE[@]}" --argjson leases "$1" --argjson value "$value"
	printf 'lookup among %12s leases %10s\n' "$1" "$value"
}

# record_install PATH TOOL PEERS THERE: the kernel's tables have THERE of the peers
record_install()
{
	local value

	SENT=$3
	DELIVERED=$4
	UNITS=$3
	VALID=$([ "$SENT" -eq "$DELIVERED" ] && echo true || echo false)
	value=$(per_unit)
	where "$1" plain
	add "$WHERE_OBJECT + {workload: \"install\", \$tool, \$peers, \$nanoseconds, instructions_per_peer: \$value}" \
		"${WHERE[@]}" --arg tool "$2" --argjson peers "$3" \
		--argjson nanoseconds "$COST" --argjson value "$value"
	printf '%-15s %-10s %8s peers %10s\n' "$1" "$2" "$3" "$value"
}
