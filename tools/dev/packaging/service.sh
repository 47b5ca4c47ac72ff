# SPDX-License-Identifier: GPL-2.0
# shellcheck shell=bash
# The installed agent as a service, with systemd as the first process; continues the
# checks of tools/dev/packaging/guest.
#
#     this machine                    namespace "peer", a stock node
#     flannel-agent.service           etcd 198.51.100.2:2379
#     flannel.1                       flannel.1 10.244.2.0 (vxlan)
#     eth1 198.51.100.1 ------------- eth0 198.51.100.2

readonly SERVICE=flannel-agent.service
readonly SETTINGS=/etc/default/flannel-agent
readonly ETCD=http://198.51.100.2:2379
readonly NET='{"Network":"10.244.0.0/16","Backend":{"Type":"vxlan"}}'
readonly SUBNET_FILE=/run/flannel/subnet.env
export ETCDCTL_API=3

work=${work:?"a folder for this test"}

# until SECONDS COMMAND...: it succeeds within that time
until_ok()
{
	local end=$((SECONDS + $1))
	shift

	while ! "$@" >/dev/null 2>&1; do
		[ $SECONDS -lt $end ] || return 1
		sleep 0.2
	done
}

# Without a function, a background job is the program itself and not a shell around it.
readonly PEER=(nsenter --net=/run/netns/peer)

peer()
{
	"${PEER[@]}" "$@"
}

ctl()
{
	peer etcdctl --endpoints "$ETCD" --command-timeout 20s "$@"
}

etcd_up()
{
	"${PEER[@]}" etcd --data-dir "$work/etcd" --unsafe-no-fsync --log-level error \
		--listen-client-urls "$ETCD" --advertise-client-urls "$ETCD" \
		>>"$work/etcd.log" 2>&1 &
	echo $! >"$work/etcd.pid"
	until_ok 60 ctl endpoint health
}

etcd_down()
{
	kill -KILL "$(cat "$work/etcd.pid")"
}

underlay()
{
	ip netns add peer
	ip link add eth1 type veth peer name eth0 netns peer
	ip address add 198.51.100.1/24 dev eth1
	ip link set eth1 up
	peer ip address add 198.51.100.2/24 dev eth0
	peer ip link set eth0 up
	peer ip link set lo up
	peer ip link add flannel.1 address 02:f1:a0:00:00:02 type vxlan id 1 dev eth0 \
		local 198.51.100.2 dstport 8472 nolearning
	peer ip address add 10.244.2.0/32 dev flannel.1
	peer ip link set flannel.1 up
}

# We know the peer's lease, and the peer knows ours
leases()
{
	local name value

	ctl put /coreos.com/network/config "$NET"
	ctl put /coreos.com/network/subnets/10.244.2.0-24 \
		'{"PublicIP":"198.51.100.2","PublicIPv6":null,"BackendType":"vxlan","BackendData":{"VNI":1,"VtepMAC":"02:f1:a0:00:00:02"}}'
	until_ok 60 test -e "$SUBNET_FILE" || return
	name=$(ctl get --prefix /coreos.com/network/subnets/ --keys-only |
		grep -v 10.244.2.0 | sed -n 's,.*/\(.*\)-24$,\1,p')
	value=$(ctl get "/coreos.com/network/subnets/$name-24" --print-value-only |
		jq -r .BackendData.VtepMAC)
	echo "$name" >"$work/ours"
	peer ip neigh replace "$name" lladdr "$value" dev flannel.1 nud permanent
	peer bridge fdb replace "$value" dev flannel.1 dst 198.51.100.1 self permanent
	peer ip route replace "$name/24" via "$name" dev flannel.1 onlink
}

main_pid()
{
	systemctl show -P MainPID "$SERVICE"
}

state()
{
	systemctl is-active "$SERVICE"
}

# runs_anew PID: the service runs as a different process
runs_anew()
{
	local now

	now=$(main_pid)
	[ "$(state)" = active ] && [ "$now" != "$1" ] && [ "$now" != 0 ]
}

# set_up: the running agent has set up its node
set_up()
{
	curl -sf --max-time 5 http://127.0.0.1:8080/readyz
}

# writes PATH: the service could write there, in its own view of the file system
writes()
{
	nsenter --target "$(main_pid)" --mount setpriv --reuid flannel --regid flannel \
		--clear-groups sh -c "echo x >'$1/x' && rm '$1/x'"
}

writes_nowhere_else()
{
	local folder bad=

	for folder in / /etc /etc/systemd/system /run /run/lock /usr /var /var/lib /var/log \
		/var/spool /home /root /dev /dev/shm /dev/mqueue /sys/fs/cgroup; do
		! writes "$folder" 2>/dev/null || bad="$bad $folder"
	done
	[ -z "$bad" ] || echo "it can write to$bad"
	[ -z "$bad" ]
}

status_field()
{
	sed -n "s/^$1:[[:space:]]*//p" "/proc/$(main_pid)/status"
}

# newer PACKAGE SUFFIX: create the same package as its next version
newer()
{
	local folder=$work/repack file

	rm -rf "$folder"
	dpkg-deb -R "$PACKAGES/$1"_*.deb "$folder"
	version=$(dpkg-deb -f "$PACKAGES/$1"_*.deb Version)
	sed -i "s/^Version: .*/Version: $version$2/" "$folder/DEBIAN/control"
	if [ "$1" = flannel-dkms ]; then
		mv "$folder/usr/src/flannel-$version" "$folder/usr/src/flannel-$version$2"
		sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$version$2\"/" \
			"$folder/usr/src/flannel-$version$2/dkms.conf"
		sed -i "s/^DKMS_VERSION=.*/DKMS_VERSION=$version$2/" "$folder"/DEBIAN/p*
		sed -i "s,usr/src/flannel-$version/,usr/src/flannel-$version$2/," \
			"$folder/DEBIAN/md5sums"
	fi
	file=$work/$1$2.deb
	dpkg-deb --root-owner-group -b "$folder" "$file" >/dev/null
	echo "$file"
}

# under_ping COMMAND...: with a ping every 10 ms; see lost()
under_ping()
{
	local ping status answers

	"${PEER[@]}" ping -n -i 0.01 "$(cat "$work/ours")" >"$work/ping" 2>&1 &
	ping=$!
	until_ok 60 answered 20
	"$@"
	status=$?
	answers=$(grep -c 'bytes from' "$work/ping")
	until_ok 60 answered $((answers + 20))
	status=$((status + $?))
	kill -INT "$ping"
	wait "$ping"
	return $status
}

# lost: the number of unanswered packets of the last ping, between the first and the last
# answered one
lost()
{
	sed -n 's/.*icmp_seq=\([0-9]*\).*/\1/p' "$work/ping" | sort -nu | awk '
		last && $1 > last + 1 { n += $1 - last - 1 }
		{ last = $1 }
		END { print NR ? n + 0 : "all" }'
}

answered()
{
	[ "$(grep -c 'bytes from' "$work/ping")" -ge "$1" ]
}

# upgrade FILE: dpkg does not wait for the agent, which is a new process afterwards
upgrade()
{
	local before

	before=$(main_pid)
	timeout 300 dpkg --install "$1" && until_ok 90 runs_anew "$before" && return
	systemctl status --no-pager "$SERVICE"
	journalctl --no-pager -n 40 -u "$SERVICE"
	systemctl list-jobs
	return 1
}

# the new process runs, and has set up its node
upgrade_agent()
{
	upgrade "$(newer flannel-agent "$1")" && until_ok 60 set_up
}

start_returns()
{
	timeout 60 systemctl start "$SERVICE" && return
	systemctl status --no-pager "$SERVICE"
	journalctl --no-pager -n 40 -u "$SERVICE"
	return 1
}

# with_setting LINE COMMAND...
with_setting()
{
	local line=$1 status
	shift

	cp -p "$SETTINGS" "$work/settings"
	echo "$line" >>"$SETTINGS"
	"$@"
	status=$?
	cp -p "$work/settings" "$SETTINGS"
	return $status
}

ended_with()
{
	[ "$(systemctl show -P ExecMainStatus "$SERVICE")" = "$1" ]
}

# ends_for_good: a start fails, and systemd does not retry it
ends_for_good()
{
	systemctl restart "$SERVICE" 2>/dev/null
	until_ok 30 ended_with 64 || return
	# Beyond RestartSec=
	sleep 4
	systemctl show -P ActiveState,NRestarts "$SERVICE" | paste -s -d ' '
	[ "$(state)" = failed ]
}

no_agent_runs()
{
	! pgrep -x flannel-agent && [ "$(state)" != active ]
}

service_starts()
{
	underlay
	printf '%s\n' "FLANNELD_ETCD_ENDPOINTS=$ETCD" FLANNELD_IFACE=eth1 \
		FLANNELD_HEALTHZ_PORT=8080 >>"$SETTINGS"
	says_only "service: the settings are not for everybody" "640 root root" \
		stat -c '%a %U %G' "$SETTINGS"
	ok "service: it starts with etcd away, without waiting for it" start_returns
	says_only "service: it runs" active state
	ok "service: but it is not ready" bash -c '! curl -sf http://127.0.0.1:8080/readyz'
	ok "service: etcd comes" etcd_up
	ok "service: the node is set up" leases
	ok "service: the overlay works" until_ok 30 ping -n -c 1 -W 1 10.244.2.0
	ok "service: the subnet file is for everybody" \
		setpriv --reuid nobody --regid nogroup --clear-groups cat "$SUBNET_FILE"
	says_only "service: it has a user of its own" flannel ps -o user= -p "$(main_pid)"
	says_only "service: and one capability" "0000000000001000 0000000000001000" \
		echo "$(status_field CapEff) $(status_field CapBnd)"
	ok "service: it can write to its folder" writes /run/flannel
	ok "service: and to nothing else" writes_nowhere_else
	says_only "service: it leaves no core" "0" systemctl show -P LimitCORE "$SERVICE"
	ok "service: a reload" systemctl reload "$SERVICE"
}

service_has_secrets()
{
	printf 'secret\n' >"$work/password"
	install -D -m 600 "$work/password" /etc/credstore/flannel-agent.etcd-password-file
	ok "secrets: a credential is handed to it" systemctl restart "$SERVICE"
	says_only "secrets: which it can read" secret nsenter --target "$(main_pid)" --mount setpriv \
		--reuid flannel --regid flannel --clear-groups \
		cat "/run/credentials/$SERVICE/flannel-agent.etcd-password-file"
	ok "secrets: others cannot" bash -c "! setpriv --reuid nobody --regid nogroup --clear-groups \
		cat /run/credentials/$SERVICE/flannel-agent.etcd-password-file"
	rm -r /etc/credstore
	ok "secrets: and it does without" systemctl restart "$SERVICE"
	ok "secrets: a key that is not there yet is waited for" with_setting \
		"FLANNELD_ETCD_CAFILE=/etc/flannel-ca.pem" comes_when_file_comes
}

# A restart that waits for a file must be retried.
comes_when_file_comes()
{
	systemctl restart --no-block "$SERVICE"
	until_ok 60 tried_again || return
	echo "-----BEGIN" >/etc/flannel-ca.pem
	until_ok 60 is_active
	rm /etc/flannel-ca.pem
}

tried_again()
{
	[ "$(systemctl show -P NRestarts "$SERVICE")" -ge 1 ]
}

is_active()
{
	[ "$(state)" = active ]
}

service_is_upgraded()
{
	systemctl restart "$SERVICE"
	until_ok 60 set_up
	ok "upgrade: the agent is another process" under_ping upgrade_agent +1
	says_only "upgrade: no packet is lost" 0 lost
	etcd_down
	ok "upgrade: with etcd away it is the same" under_ping upgrade "$(newer flannel-agent +2)"
	says_only "upgrade: no packet is lost then" 0 lost
	ip link del flannel.1
	rm "$SUBNET_FILE"
	systemctl restart --no-block "$SERVICE"
	ok "upgrade: also while the agent is about to start" upgrade "$(newer flannel-agent +3)"
	etcd_up
	ok "upgrade: it sets its node up when etcd is back" until_ok 90 set_up
	ok "upgrade: wrong flags end it for good" with_setting FLANNELD_POPULATE=much ends_for_good
	systemctl reset-failed "$SERVICE"
	ok "upgrade: and it starts again with right ones" start_returns
	until_ok 60 set_up
}

# version_runs VERSION
version_runs()
{
	[ "$(cat /sys/module/flannel/version)" = "$1" ]
}

module_is_upgraded()
{
	local file

	file=$(newer flannel-dkms .1)
	ok "module: an upgrade goes on under traffic" under_ping dpkg --install "$file"
	says_only "module: the new one runs" "$(dpkg-query -f '${Version}' -W flannel-dkms)" \
		cat /sys/module/flannel/version
	says_only "module: the device is of it" flannel \
		bash -c "ip -j -d link show dev flannel.1 | jq -r '.[0].linkinfo.info_kind'"
	echo "# $(lost) packets were lost, of one every 10 ms; $(journalctl -u "$SERVICE" |
		sed -n 's/.*\(replaced the old one.*\)/\1/p' | tail -n 2 | paste -s -d ';')"
}

service_goes()
{
	ok "release: by the unit, with its settings" systemctl start flannel-agent@release
	says_only "release: the agent ends for it" inactive state
	says_only "release: the device is gone" "" bash -c 'ip -o link show | grep -o flannel.1'
	ok "release: and comes again" start_returns
	ok "release: as it was" until_ok 60 set_up
	ok "remove: the agent" dpkg --remove flannel-agent
	ok "remove: it does not run any more" no_agent_runs
	ip link del flannel.1
	etcd_down
	ip netns del peer
}
