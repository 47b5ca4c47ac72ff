#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# The plug-in of ip(8): every option can be said, is shown as text and as JSON, and
# what is wrong is refused by name. The words of vxlan mean the same for vxlan.
#
#     one namespace, dummy devices as lower devices, devices f0, f1, ...
set -u
. "$(dirname "$(realpath "$0")")/../lib/lib.sh"
need jq
need_module

ns_create n
must nip n link add lower type dummy
must nip n link set lower mtu 9000 up
must nip n address add 192.0.2.1/24 dev lower
must nip n address add 2001:db8::1/64 dev lower nodad

# add WORD...: the device f with these options, and nothing else of that name
add()
{
	nip n link del f 2>/dev/null
	nip n link add f type flannel "$@"
}

change()
{
	nip n link set f type flannel "$@"
}

# option_of JQ_FILTER: of the options in JSON
option_of()
{
	link_get n f ".linkinfo.info_data | $1"
}

# shown WORDS KEY VALUE [TEXT]: given WORDS, JSON has KEY: VALUE, and text TEXT
# (else WORDS)
shown()
{
	local words=$1 key=$2 value=$3 text=${4:-$1} seen

	# shellcheck disable=SC2086 # words
	must add $words
	seen=$(option_of ".$key | tojson")
	expect_eq "$words: JSON" "$value" "$seen"
	says "$words: text" "flannel (.* )?$text( |\$)" nip n -d link show f
}

test_defaults()
{
	ok "no option is needed" add
	expect_eq "VNI" 1 "$(option_of .id)"
	expect_eq "port" 8472 "$(option_of .port)"
	expect_eq "mode" ethernet "$(option_of .mode)"
	expect_eq "kind" flannel "$(link_get n f .linkinfo.info_kind)"
	says "help" 'Usage: .* flannel .*id VNI' nip n link help flannel
	refused "help in a command" 'Usage: .* flannel' add help
	ok "nor is the plug-in" env IP_LIB_DIR=/nonexistent \
		ip -n "$(ns_name n)" link add f2 type flannel
	must nip n link del f2
}

test_vxlan_words()
{
	shown "id 77" id 77
	shown "vni 78" id 78 "id 78"
	shown "local 192.0.2.1" local '"192.0.2.1"'
	shown "local 2001:db8::1" local6 '"2001:db8::1"'
	shown "remote 192.0.2.9" remote '"192.0.2.9"'
	shown "remote 2001:db8::9" remote6 '"2001:db8::9"'
	shown "dev lower" link '"lower"'
	shown "dstport 4790" port 4790
	shown "port 4791" port 4791 "dstport 4791"
	shown "srcport 2000 3000" port_range '{"low":2000,"high":3000}'
	shown "port 2001 3001" port_range '{"low":2001,"high":3001}' "srcport 2001 3001"
	shown "ttl 5" ttl 5
	shown "hoplimit 6" ttl 6 "ttl 6"
	shown "ttl inherit" ttl '"inherit"'
	shown "ttl auto" ttl '"auto"'
	shown "tos inherit" tos '"inherit"'
	shown "tos 10" tos '"0x10"' "tos 0x10"
	shown "dsfield 0x20" tos '"0x20"' "tos 0x20"
	shown "df set" df '"set"'
	shown "df inherit" df '"inherit"'
	shown "df unset" df '"unset"' "ttl auto"
	shown "local 2001:db8::1 flowlabel 0x1234" label '"0x1234"' "flowlabel 0x1234"
	shown "learning" learning true
	shown "nolearning" learning false
	shown "ageing 60" ageing 60
	shown "maxaddress 100" limit 100 "maxaddr 100"
	shown "udpcsum" udp_csum true
	shown "noudpcsum" udp_csum false
	shown "udp6zerocsumtx" udp_zero_csum6_tx true
	shown "noudp6zerocsumtx" udp_zero_csum6_tx false
	shown "udp6zerocsumrx" udp_zero_csum6_rx true
	shown "noudp6zerocsumrx" udp_zero_csum6_rx false
	shown "l2miss" l2miss true
	shown "nol2miss" l2miss false
	shown "l3miss" l3miss true
	shown "nol3miss" l3miss false
	shown "proxy" proxy true
	shown "noproxy" proxy false "l2miss"
	shown "gbp" gbp true
	shown "localbypass" localbypass true
	shown "nolocalbypass" localbypass false
}

test_own_words()
{
	shown "mode l3" mode '"l3"'
	shown "mode ethernet" mode '"ethernet"'
	shown "rpf off" rpf '"off"'
	shown "rpf loose" rpf '"loose"'
	shown "rpf strict" rpf '"strict"'
	shown "fastpath off" fastpath '"off"'
	shown "fastpath auto" fastpath '"auto"'
	shown "fastpath on" fastpath '"on"'
	shown "notrack" notrack true
	shown "nonotrack" notrack false
	shown "subnet_len 20" subnet_len 20
	shown "subnet_len6 80" subnet_len6 80
	shown "miss_entries 100" miss_entries 100
	shown "miss_bytes 1000000" miss_bytes 1000000
	shown "miss_entry_bytes 10000" miss_entry_bytes 10000
	shown "miss_retry 500" miss_retry 500
	shown "miss_tries 3" miss_tries 3
	shown "miss_negative 1000" miss_negative 1000
	shown "lease_idle 600" lease_idle 600
	shown "lease_idle none" lease_idle 0 "lease_idle 0"
	shown "rpf_entries 10" rpf_entries 10
	shown "rpf_rate 5" rpf_rate 5
}

# The same command line for both kinds gives the same words in JSON.
test_same_as_vxlan()
{
	local words=(id 9 local 192.0.2.1 dev lower dstport 8473 srcport 1000 2000
		     nolearning ttl 7 tos inherit df set ageing 50 maxaddress 9 udpcsum
		     udp6zerocsumtx l2miss l3miss proxy gbp)
	local keys='.linkinfo.info_data | [.id, .local, .link, .port, .port_range,
		    .learning, .ttl, .tos, .df, .ageing, .limit, .udp_csum,
		    .udp_zero_csum6_tx, .udp_zero_csum6_rx, .l2miss, .l3miss, .proxy,
		    .gbp] | tojson'
	local vxlan

	must nip n link add v type vxlan "${words[@]}"
	vxlan=$(link_get n v "$keys")
	must nip n link del v
	must add "${words[@]}"
	# What is printed of tos 1 differs between versions of iproute2.
	expect_eq "the options of vxlan in JSON" "${vxlan/\"0x1\"/\"inherit\"}" \
		"$(link_get n f "$keys")"
}

test_change()
{
	must add id 5 mode l3 local 192.0.2.1 dev lower
	ok "change of a live device" change rpf strict fastpath off nonotrack \
		miss_tries 2 lease_idle 30 ttl 9 udpcsum
	expect_eq "it was changed" "strict off false 2 30 9 true" \
		"$(option_of '"\(.rpf) \(.fastpath) \(.notrack) \(.miss_tries) \(.lease_idle) \(.ttl) \(.udp_csum)"')"
	expect_eq "the rest was left" "5 l3 192.0.2.1 24" \
		"$(option_of '"\(.id) \(.mode) \(.local) \(.subnet_len)"')"
	refused "the VNI stays" 'VNI' change id 6
	refused "the port stays" 'port' change dstport 1234
	refused "the mode stays" 'mode' change mode ethernet
	ok "what it is already may be said" change id 5 mode l3
	ok "a VNI and port that are free again" add id 5
}

test_wrong()
{
	local word

	must add id 5
	for word in id local remote dev dstport port srcport ttl tos df flowlabel \
		ageing maxaddress mode rpf fastpath subnet_len subnet_len6 \
		miss_entries miss_bytes miss_entry_bytes miss_retry miss_tries \
		miss_negative lease_idle rpf_entries rpf_rate; do
		refused "$word without a value" "argument \"$word\" is required" \
			change "$word"
		refused "$word nonsense" 'argument "nonsense" is wrong' \
			change "$word" nonsense 1
	done
	refused "unknown word" 'unknown option "bogus"' change bogus
	refused "a word twice" 'duplicate "id"' change id 5 id 5
	refused "local twice in a family" 'duplicate "local"' \
		change local 192.0.2.1 local 192.0.2.2
	refused "VNI too large" 'id must be a number from 0 to 16777215' change id 16777216
	refused "port 0" 'dstport' change dstport 0
	refused "port too large" 'dstport must be a number of 16 bits' change dstport 65536
	refused "prefix length" 'subnet_len must be a number from 0 to 32' change subnet_len 33
	refused "prefix length 6" 'subnet_len6 must .* 128' change subnet_len6 129
	refused "a length of 9 bits" 'subnet_len must be a number of 8 bits' change subnet_len 280
	refused "flow label" 'flowlabel: .* 20 bits' change flowlabel 0x100000
	refused "tries" 'miss_tries must be a number from 1' change miss_tries 0
	refused "retry" 'miss_retry must be a number from 1 to 60000' change miss_retry 60001
	refused "ttl" 'ttl must be a number up to 255' change ttl 256
	refused "rpf" 'rpf must be off, loose or strict' change rpf tight
	refused "mode" 'mode must be ethernet or l3' change mode l4
	refused "device" 'there is no such device' change dev nix
	# What only the kernel knows to be wrong.
	nip n link del f
	refused "srcport backwards" 'srcport' add srcport 3000 2000
	refused "multicast remote" 'multicast' add remote 239.1.1.1
	refused "two remotes" 'remote' add remote 192.0.2.8 remote 2001:db8::8
	refused "remote in L3 mode" 'L3 mode' add mode l3 remote 192.0.2.8
	refused "learning in L3 mode" 'Ethernet mode' add mode l3 learning
	refused "families" 'same address family' add local 192.0.2.1 remote 2001:db8::8
	not_ok "nothing was created" nip n link show f
	must add id 5
	refused "VNI in use" 'has this VNI' nip n link add g type flannel id 5
	must nip n link del f
	must nip n link add v type vxlan id 5 dstport 8472 local 192.0.2.1
	must nip n link set v up
	refused "port in use by vxlan" 'port|vxlan|socket' \
		eval 'add id 5 local 192.0.2.1 && nip n link set f up'
	nip n link del v
	nip n link del f 2>/dev/null
}

test_families()
{
	ok "a local address of each family" \
		add local 192.0.2.1 local 2001:db8::1 dev lower
	expect_eq "both are shown" "192.0.2.1 2001:db8::1" \
		"$(option_of '"\(.local) \(.local6)"')"
	ok "local any takes them away" change local any
	expect_eq "both are gone" "null null" \
		"$(option_of '"\(.local) \(.local6)"')"
	must add remote 192.0.2.7
	ok "remote any" change remote any
	expect_eq "it is gone" null "$(option_of .remote)"
}

# ip(8) writes into a buffer of 1 KiB.
test_long_request()
{
	local alias

	alias=$(printf 'a%.0s' {1..250})
	ok "all options at once, with a long alias" add id 16777215 mode ethernet \
		local 192.0.2.1 local 2001:db8::1 dev lower dstport 65535 \
		srcport 1 65535 ttl 255 tos inherit df inherit flowlabel 0xfffff \
		udpcsum udp6zerocsumtx udp6zerocsumrx gbp nolocalbypass learning \
		proxy nol2miss nol3miss ageing 1728000 maxaddress 4294967295 \
		subnet_len 32 subnet_len6 128 miss_entries 2147483647 \
		miss_bytes 2147483647 miss_entry_bytes 2147483647 \
		miss_retry 60000 miss_tries 8 miss_negative 3600000 \
		lease_idle 1728000 rpf strict rpf_entries 2147483647 \
		rpf_rate 1000000 fastpath on nonotrack
	ok "and they are shown" nip n -d link show f
	ok "an alias" nip n link set f alias "$alias"
}

test_defaults
test_vxlan_words
test_own_words
test_same_as_vxlan
test_change
test_wrong
test_families
test_long_request
