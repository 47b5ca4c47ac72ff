#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""A table of firewall rules about outer packets, on the planes of beside.sh: each rule
counts the same packets, and the same datagrams arrive, as with the kernel's vxlan
device.

    stock.py KIND...        the first one is vxlan"""
import re
import socket
import subprocess
import sys

from beside import FAMILIES, PORT, SENT, Plane, pick_ports, run_all, under, wait_for
from frames import difference, enter, report

CHAINS = ("OUTPUT", "POSTROUTING", "PREROUTING", "INPUT")
OUTWARD = ("OUTPUT", "POSTROUTING")
QUEUE, TPROXY, MARK = 5, 9999, 7
IP_TRANSPARENT, IPV6_TRANSPARENT = 19, 75
# By name, how many of SENT datagrams arrive with vxlan
PLAIN = {"none": SENT, "accept": SENT, "drop": 0, "mark": SENT, "reject": 0, "queue": SENT,
         "set": 0, "limit": 2, "tproxy": 0}
TRACKED = {"none": SENT, "state": SENT, "notrack": SENT, "dnat": SENT, "snat": SENT,
           "masquerade": SENT}
NAMES = list(dict.fromkeys(list(PLAIN) + list(TRACKED)))
ONLY = {"reject": ("OUTPUT", "INPUT"), "tproxy": ("PREROUTING",),
        "dnat": ("OUTPUT", "PREROUTING"), "snat": ("POSTROUTING", "INPUT"),
        "masquerade": ("POSTROUTING",), "notrack": ("OUTPUT", "PREROUTING")}


def udp_length(name):
    """Of the outer packet that carries a datagram of this name."""
    return 100 + 4 * NAMES.index(name) + 28 + 14 + 8 + 8


def names(group, chain):
    return [name for name in group if chain in ONLY.get(name, CHAINS)]


def by_name(printed, tag):
    """By kind and name, the rules' own words with what they counted."""
    found = {}
    for kind, text in printed.items():
        found[kind] = {}
        for line in text.splitlines():
            name = re.search(tag, line)
            if name:
                found[kind].setdefault(name.group(1), []).append(line.strip())
    return found


class Nft:
    """nft, both families in one table"""
    families = FAMILIES

    def __init__(self, name="nft"):
        self.name = name

    def rules(self, chain, name):
        """(type and priority of the chain, rule)"""
        match = f"udp dport {PORT} udp length {udp_length(name)} counter"
        filt = "type filter", "0"
        nat = "type nat", "-100" if chain in ("OUTPUT", "PREROUTING") else "100"
        mark = ("type route", "-150") if chain == "OUTPUT" else ("type filter", "-150")
        end = "peer" if chain == "OUTPUT" else "dut"
        return {
            "none": (),
            "accept": ((filt, f"{match} accept"),),
            "drop": ((filt, f"{match} drop"),),
            "mark": ((mark, f"{match} meta mark set {MARK}"),
                     (filt, f"{match} meta mark {MARK} counter accept")),
            "reject": ((filt, f"{match} reject"),),
            "queue": ((filt, f"{match} queue num {QUEUE}"),),
            "set": ((filt, f"ip saddr @four {match} drop"), (filt, f"ip6 saddr @six {match} drop")),
            "limit": tuple((filt, f"meta nfproto ipv{f} {match} {rest}") for f in FAMILIES for rest in
                           ("limit rate 1/hour burst 2 packets counter accept", "drop")),
            "tproxy": ((("type filter", "-150"), f"{match} tproxy to :{TPROXY} accept"),),
            "state": tuple((filt, f"ct state {state} {match} accept")
                           for state in ("new", "established", "untracked", "invalid")),
            "notrack": ((("type filter", "-300"), f"{match} notrack"),),
            "dnat": ((nat, f"meta nfproto ipv4 {match} dnat ip to {under(4, end, '1')}"),
                     (nat, f"meta nfproto ipv6 {match} dnat ip6 to {under(6, end, '1')}")),
            "snat": tuple((nat, f"meta nfproto ipv{f} {match} snat ip{'6' if f == 6 else ''} "
                           f"to {under(f, 'dut' if chain == 'POSTROUTING' else 'peer', '1')}")
                          for f in FAMILIES),
            "masquerade": ((nat, f"{match} masquerade"),),
        }[name]

    def load(self, planes, chain, group):
        chains = {}
        for name in names(group, chain):
            for key, rule in self.rules(chain, name):
                chains.setdefault(key, []).append(f'{rule} comment "{name}"')
        text = "flush ruleset\ntable inet t {\n"
        for family, kind in ((4, "four"), (6, "six")):
            text += f"set {kind} {{ type ipv{family}_addr; elements = {{ {under(family, 'dut')}, " \
                    f"{under(family, 'peer')} }} }}\n"
        for n, ((kind, priority), rules) in enumerate(chains.items()):
            text += f"chain c{n} {{ {kind} hook {chain.lower()} priority {priority};\n"
            text += "\n".join(rules) + "\n}\n"
        run_all(planes, "nft", "-f", "-", text=text + "}\n")

    def counters(self, planes):
        return by_name(run_all(planes, "nft", "list", "table", "inet", "t"), r'comment "(\w+)"')

    def clear(self, planes):
        run_all(planes, "nft", "flush", "ruleset")


class Iptables:
    """iptables of either kind, one family"""
    def __init__(self, variant, family):
        self.families = (family,)
        self.family = family
        self.name = f"{'ip6tables' if family == 6 else 'iptables'}-{variant}"

    def rules(self, chain, name):
        """(table, what follows the match)"""
        flt = "filter" if chain in ("OUTPUT", "INPUT") else "mangle"
        end = "peer" if chain == "OUTPUT" else "dut"
        source = "dut" if chain == "POSTROUTING" else "peer"
        return {
            "none": (),
            "accept": ((flt, "-j ACCEPT"),),
            "drop": ((flt, "-j DROP"),),
            "mark": (("mangle", f"-j MARK --set-mark {MARK}"),
                     ("mangle", f"-m mark --mark {MARK} -j ACCEPT")),
            "reject": ((flt, "-j REJECT"),),
            "queue": ((flt, f"-j NFQUEUE --queue-num {QUEUE}"),),
            "set": ((flt, f"-m set --match-set beside{self.family} src -j DROP"),),
            "limit": ((flt, "-m limit --limit 1/hour --limit-burst 2 -j ACCEPT"), (flt, "-j DROP")),
            "tproxy": (("mangle", f"-j TPROXY --on-port {TPROXY}"),),
            "state": tuple((flt, f"-m conntrack --ctstate {state} -j ACCEPT")
                           for state in ("NEW", "ESTABLISHED", "UNTRACKED", "INVALID")),
            "notrack": (("raw", "-j CT --notrack"),),
            "dnat": (("nat", f"-j DNAT --to-destination {under(self.family, end, '1')}"),),
            "snat": (("nat", f"-j SNAT --to-source {under(self.family, source, '1')}"),),
            "masquerade": (("nat", "-j MASQUERADE"),),
        }[name]

    def load(self, planes, chain, group):
        tables = {table: [] for table in ("filter", "mangle", "nat", "raw")}
        # The length of IPv6 packets counts their header, too.
        head = 20 if self.family == 4 else 40
        for name in names(group, chain):
            for table, rule in self.rules(chain, name):
                tables[table].append(
                    f"-A {chain} -p udp --dport {PORT} -m length --length "
                    f"{udp_length(name) + head} -m comment --comment {name} {rule}")
        text = "".join("\n".join([f"*{table}", *rules, "COMMIT", ""])
                       for table, rules in tables.items())
        run_all(planes, f"{self.name}-restore", text=text)

    def counters(self, planes):
        return by_name(run_all(planes, f"{self.name}-save", "-c"), r"--comment (\w+)")

    def clear(self, planes):
        self.load(planes, "INPUT", {})


class Helpers:
    """What targets need beside the rule: a program behind the queue, a transparent
    socket, a set, a rule for the mark."""

    def __init__(self, plane, with_sets):
        self.plane = plane
        self.queue = plane.start("dut", "fl-test", "nfqueue", "num", str(QUEUE))
        if self.queue.stdout.readline().strip() != "listening":
            raise RuntimeError(f"{plane.kind}: fl-test nfqueue does not start")
        plane.run("dut", "ip", "rule", "add", "fwmark", str(MARK), "lookup", "77")
        plane.run("dut", "ip", "route", "add", "198.51.100.0/24", "dev", "eth0", "table", "77")
        if with_sets:
            plane.run("dut", "ipset", "restore", text="".join(
                f"create beside{f} hash:ip family inet{'6' if f == 6 else ''}\n"
                f"add beside{f} {under(f, 'dut')}\nadd beside{f} {under(f, 'peer')}\n"
                for f in FAMILIES))
        enter(f"{plane.kind}-dut")
        self.socks = {}
        for family, af, level, option in ((4, socket.AF_INET, socket.SOL_IP, IP_TRANSPARENT),
                                          (6, socket.AF_INET6, 41, IPV6_TRANSPARENT)):
            sock = socket.socket(af, socket.SOCK_DGRAM)
            if family == 6:
                sock.setsockopt(41, socket.IPV6_V6ONLY, 1)
            sock.setsockopt(level, option, 1)
            sock.bind(("", TPROXY))
            sock.setblocking(False)
            self.socks[family] = sock
        self.seen = {}

    def forget(self):
        self.intercepted()
        self.seen = {family: 0 for family in FAMILIES}

    def intercepted(self):
        """How many packets TPROXY gave away, by family."""
        for family, sock in self.socks.items():
            while True:
                try:
                    sock.recv(2048)
                except BlockingIOError:
                    break
                self.seen[family] = self.seen.get(family, 0) + 1
        return self.seen

    def end(self):
        self.queue.terminate()
        return self.queue.communicate()[0]


def views(plane, helpers, chain, group, counters):
    """By name, all that can be seen of what its rules did."""
    seen = {}
    for name in names(group, chain):
        seen[name] = {"rules": counters.get(name, [])}
        for where, end in (("to the peer", "peer"), ("from the peer", "dut")):
            arrived = plane.flows[name].arrived(end)
            seen[name][where] = {f: sorted(map(str, arrived[f])) for f in FAMILIES}
        if name == "tproxy":
            seen[name]["intercepted"] = dict(helpers.intercepted())
    return seen


def batch(planes, helpers, wall, chain, group, title):
    wall.load(planes, chain, group)
    for plane in planes:
        plane.flush_conntrack()
        helpers[plane.kind].forget()
        plane.burst()
    seen = {}

    def look():
        for plane in planes:
            plane.settle()
        counters = wall.counters(planes)
        for plane in planes:
            seen[plane.kind] = views(plane, helpers[plane.kind], chain, group,
                                     counters[plane.kind])
        return all(value == seen["vxlan"] for value in seen.values())

    wait_for(look, 3)
    way = "to the peer" if chain in OUTWARD else "from the peer"
    for name in names(group, chain):
        expected = seen["vxlan"][name]
        arrived = {f: len(expected[way][f]) for f in wall.families}
        want = {f: group[name] for f in wall.families}
        if arrived != want:
            report(False, f"{title}: {name} with vxlan itself", want, expected)
            continue
        wrong = {kind: difference(expected, view[name])
                 for kind, view in seen.items() if view[name] != expected}
        report(not wrong, f"{title}: {name} does what it does with vxlan",
               {kind: pair[0] for kind, pair in wrong.items()},
               {kind: pair[1] for kind, pair in wrong.items()})


def lower_drops(planes):
    """A hook marks and reroutes what the lower device then drops."""
    run_all(planes, "nft", "-f", "-", text=(
        "table inet t { chain c { type route hook output priority mangle; "
        f"udp dport {PORT} counter meta mark set {MARK}; }}; }}\n"))
    run_all(planes, "tc", "-batch", "-", text=(
        "qdisc add dev eth0 clsact\nfilter add dev eth0 egress matchall action drop\n"))
    for plane in planes:
        plane.burst()
        plane.settle()
    rules = run_all(planes, "nft", "list", "table", "inet", "t")
    seen = {plane.kind: {"rules": rules[plane.kind]} | dict(plane.flows["none"].got)
            for plane in planes}
    wrong = [kind for kind, view in seen.items() if view != seen["vxlan"]]
    report(not wrong, "a hook marks what the lower device drops: as with vxlan",
           seen["vxlan"], {kind: seen[kind] for kind in wrong})
    run_all(planes, "tc", "qdisc", "del", "dev", "eth0", "clsact")
    run_all(planes, "nft", "flush", "ruleset")
    for plane in planes:
        plane.burst()
        got = plane.flows["none"].got
        report(wait_for(lambda p=plane, g=got: p.settle() or
                        all(len(numbers) == SENT for numbers in g.values())),
               f"{plane.kind}: and all of it gone, packets arrive", SENT, got)


def usable(tool):
    return subprocess.run([tool, "--version"], capture_output=True, check=False).returncode == 0


def main(kinds, long):
    planes = [Plane(kind) for kind in kinds]
    ports = pick_ports(planes, len(NAMES))
    helpers = {}
    for plane in planes:
        plane.add_flows(NAMES, ports)
        helpers[plane.kind] = Helpers(plane, usable("ipset"))
    walls = [Nft()]
    for variant in ("nft", "legacy"):
        walls += [Iptables(variant, family) for family in (FAMILIES if long else (4,))]
    for wall in walls:
        for chain in CHAINS:
            # With nft, what needs connection tracking has a turn of its own, since that
            # brings hooks to all other chains.
            for group in (PLAIN, TRACKED) if long or wall.name == "nft" else (PLAIN | TRACKED,):
                batch(planes, helpers, wall, chain, group, f"{wall.name} {chain}")
        wall.clear(planes)
    lower_drops(planes)
    for helper in helpers.values():
        helper.end()


if __name__ == "__main__":
    main([word for word in sys.argv[1:] if word != "long"], "long" in sys.argv)
