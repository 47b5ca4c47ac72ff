#!/bin/bash
# SPDX-License-Identifier: GPL-2.0
# What the program, its manual page and the documentation say of flags agrees, and
# flanneld's are all there, with flanneld's defaults.
set -u

. "$(dirname "$(realpath "$0")")/../../../selftests/lib/tap.sh"

OUT=${OUT:-build/tools}
AGENT=$OUT/bin/flannel-agent
COMPONENT=$(dirname "$(dirname "$(realpath "$0")")")
MAN=$COMPONENT/flannel-agent.8
DOC=$COMPONENT/../../Documentation/agent.md

# same NAME EXPECTED SEEN: the same lines
same()
{
	[ "$2" = "$3" ]
	check_result $? "$1" "$(diff <(echo "$2") <(echo "$3") | sed -n 's/^</missing: /p; s/^>/too many:/p')"
}

# flanneld 0.28.9: each flag and its default, "-" for none
flanneld()
{
	cat <<-END
	etcd-cafile -
	etcd-certfile -
	etcd-endpoints http://127.0.0.1:4001,http://127.0.0.1:2379
	etcd-keyfile -
	etcd-password -
	etcd-prefix /coreos.com/network
	etcd-username -
	healthz-ip 0.0.0.0
	healthz-port 0
	iface -
	iface-can-reach -
	iface-regex -
	ip-blackhole-route -
	ip-masq -
	ip-masq-fully-random-disable -
	iptables-forward-rules true
	iptables-resync 5
	kube-annotation-prefix flannel.alpha.coreos.com
	kube-api-url -
	kube-subnet-mgr -
	kubeconfig-file -
	log_backtrace_at :0
	net-config-path /etc/kube-flannel/net-conf.json
	public-ip -
	public-ipv6 -
	set-node-network-unavailable true
	subnet-file /run/flannel/subnet.env
	subnet-lease-renew-margin 60
	v 0
	version -
	vmodule -
	END
}

ours()
{
	printf '%s\n' cni-conf cni-conf-source device docker-opts-file \
		etcd-password-file fastpath flowtable hand-over help notrack populate \
		release release-lease remove-rules-at-exit rpf store-file swap-module
}

# Of --help: each flag and its default
helped()
{
	"$AGENT" --help | awk '
		/^  --/ { name = substr($1, 3) }
		/^        / {
			def = "-"
			if (match($0, /\(default [^)]*\)/))
				def = substr($0, RSTART + 9, RLENGTH - 10)
			print name, def
		}' | sort
}

# Of the manual page: every word that begins with two dashes
manned()
{
	sed 's/\\-/-/g; s/\\f.//g' "$MAN" | grep -oE -- '(^|[ ,.])--?[a-z][a-z0-9_-]*' |
		sed -n 's/^[ ,.]*--//p; s/^ *-v$/v/p' | sort -u
}

# section HEAD: the first column of the table below it in the documentation
section()
{
	sed -n "/^##* $1\$/,/^#/s/^| \([^|]*\) |.*/\1/p" "$DOC" |
		tr ',' '\n' | sed -n 's:^ *\W\([a-z][a-z_0-9-]*\)\W *$:\1:p'
}

tap_begin
names=$( (flanneld | cut -d ' ' -f 1; ours) | sort)
same "--help has flanneld's flags and its own, and no other" "$names" \
	"$(helped | cut -d ' ' -f 1)"
same "flanneld's flags have flanneld's defaults" "$(flanneld | sort)" \
	"$(helped | grep -vE "^($(ours | paste -s -d '|')) ")"
same "the manual page has them all, and no other" "$names" "$(manned)"
same "the documentation has flanneld's, and no other" \
	"$(flanneld | cut -d ' ' -f 1)" "$(section 'Flag by flag' | sort)"
same "and those of its own" "$(ours)" "$(section 'Flags of its own' | sort)"
# The names alone do not show that a flag does something: given, it must be read.
unknown=$(helped | while read -r name _; do
	"$AGENT" "--$name=" --version 2>&1 | grep 'not defined'
done)
same "each is known on the command line" "" "$unknown"
# What a reader would copy
if command -v nroff >/dev/null; then
	same "the manual page shows the file of --store-file with its quotes" \
		'{"config": {"Network": "10.244.0.0/16"}}' \
		"$(nroff -man -rLL=300n -Tascii "$MAN" | sed 's/\x1b[^m]*m//g; s/.\x08//g' |
			grep -o '{.*config.*}}')"
fi
tap_end
