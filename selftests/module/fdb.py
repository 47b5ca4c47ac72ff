#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What bridge(8) says and shows, where frames go, what is learned from where, and
how it ages; our device beside a vxlan device with the same options."""
import json
import re
import subprocess
import sys
import time

from frames import (ETH_P_IP, ETH_P_IPV6, Link, Outer, addr, bridge, enter, ethernet,
                    ip, ip_packet, ipv4, ipv6, mac, report, udp, vxlan)

MAC_A, MAC_B = mac(sys.argv[1]), mac(sys.argv[2])
HERE = mac("02:00:00:00:00:aa")
PORT = {"ours": 8473, "ref": 8472}
PEERS = {4: [f"198.51.100.{n}" for n in range(2, 6)],
         6: [f"2001:db8:100::{n}" for n in range(2, 6)]}
LOCAL = {4: "198.51.100.1", 6: "2001:db8:100::1"}
VNI = 42


def commands(one, two, three):
    """What people type, with @ for the device."""
    unicast = "02:00:00:00:00:0"
    flood, group = "00:00:00:00:00:00", "01:00:5e:01:02:03"
    return [
        ("add", f"add {unicast}1 dev @ dst {one} self permanent"),
        ("add again", f"add {unicast}1 dev @ dst {one} self permanent"),
        ("add elsewhere", f"add {unicast}1 dev @ dst {two} self permanent"),
        ("replace", f"replace {unicast}1 dev @ dst {two} self permanent"),
        ("replace what is not there", f"replace {unicast}2 dev @ dst {one} self permanent"),
        ("port and vni", f"add {unicast}3 dev @ dst {one} port 4789 vni 77 self permanent"),
        ("via", f"add {unicast}4 dev @ dst {one} via eth0 self permanent"),
        ("static", f"add {unicast}5 dev @ dst {one} self static"),
        ("dynamic", f"add {unicast}6 dev @ dst {one} self dynamic"),
        ("extern_learn", f"add {unicast}7 dev @ dst {one} self extern_learn"),
        ("use", f"replace {unicast}6 dev @ dst {one} self dynamic use"),
        ("permanent what was dynamic", f"replace {unicast}6 dev @ dst {one} self permanent"),
        ("a VLAN, for a bridge", f"add {unicast}8 dev @ dst {one} self vlan 7"),
        ("append what is not there", f"append {unicast}9 dev @ dst {one} self permanent"),
        ("flood list", f"append {flood} dev @ dst {one} self permanent"),
        ("flood list, second", f"append {flood} dev @ dst {two} self permanent"),
        ("flood list, again", f"append {flood} dev @ dst {two} self permanent"),
        ("flood list, other VNI", f"append {flood} dev @ dst {two} vni 9 self permanent"),
        ("flood list, add", f"add {flood} dev @ dst {three} self permanent"),
        ("flood list, replace", f"replace {flood} dev @ dst {three} self permanent"),
        ("group", f"append {group} dev @ dst {one} self permanent"),
        ("group, second", f"append {group} dev @ dst {three} self permanent"),
        ("group, replace", f"replace {group} dev @ dst {two} self permanent"),
        ("delete one of the flood list", f"del {flood} dev @ dst {one} self"),
        ("delete what is not there", f"del {unicast}f dev @ self"),
        ("delete with port and vni", f"del {unicast}3 dev @ dst {one} port 4789 vni 77 self"),
        ("delete", f"del {unicast}1 dev @ self"),
        ("delete the whole flood list", f"del {flood} dev @ self"),
        ("replace an empty flood list", f"replace {flood} dev @ dst {one} self"),
    ]


def typed(device, todo):
    """Of each command: did it fail, and what is shown after it."""
    lines = []
    for _, words in todo:
        lines += [f"fdb {words.replace('@', device)}", f"fdb show dev {device}"]
    done = subprocess.run(["bridge", "-j", "-force", "-batch", "-"], text=True,
                          input="\n".join(lines) + "\n", capture_output=True, check=False)
    failed = {int(n) for n in re.findall(r"Command failed -:(\d+)", done.stderr)}
    shown, rest, decoder = [], done.stdout.strip(), json.JSONDecoder()
    while rest:
        entries, at = decoder.raw_decode(rest)
        shown.append(sorted(json.dumps(entry, sort_keys=True) for entry in entries))
        rest = rest[at:].strip()
    return [(2 * n + 1 in failed, shown[n] if n < len(shown) else None)
            for n in range(len(todo))]


def got(device, address):
    done = subprocess.run(["bridge", "fdb", "get", address, "dev", device, "self"], text=True,
                          capture_output=True, check=False)
    return done.returncode, done.stdout.replace(f"dev {device}", "dev @")


def command_line(family):
    todo = commands(*PEERS[family][:3])
    ours, reference = typed("ours", todo), typed("ref", todo)
    for (name, words), mine, theirs in zip(todo, ours, reference):
        report(mine == theirs and theirs[1] is not None,
               f"IPv{family}: bridge fdb {name}: done and shown as by vxlan",
               f"{'refused' if theirs[0] else 'done'}, {theirs[1]}",
               f"{'refused' if mine[0] else 'done'}, {mine[1]} ({words})")
    for what, address in (("get", "02:00:00:00:00:05"), ("get what is not there",
                                                         "02:00:00:00:00:0f")):
        mine, theirs = got("ours", address), got("ref", address)
        report(mine == theirs, f"IPv{family}: bridge fdb {what}: as vxlan answers", theirs, mine)
    for device in PORT:
        shown = subprocess.run(["bridge", "-j", "fdb", "show", "dev", device], text=True,
                               capture_output=True, check=True)
        bridge(*{f"fdb del {entry['mac']} dev {device} self"
                 for entry in json.loads(shown.stdout)})


def frame(dst, src=HERE):
    return ethernet(mac(dst), src, ETH_P_IP, ip_packet(addr("10.0.0.1"), addr("10.0.0.2"),
                                                       b"payload"))


def where(wire, device, dst):
    """(outer destination, VNI, port relative to the device's) of each copy."""
    link = Link(device)
    wire.receive(quiet=0.05, most=0.2)
    link.send(frame(dst))
    got = []
    for data, _ in wire.receive(quiet=0.3):
        outer = Outer(data)
        if outer.next == 17 and not outer.fragment and outer.inner == frame(dst):
            port = "own" if outer.dport == PORT[device] else outer.dport
            got.append((outer.dst.hex(), outer.vni >> 8, port))
    link.close()
    return sorted(got, key=str)


def comes_from(wire, family, device, peer, source):
    src, dst = addr(peer), addr(LOCAL[family])
    make, proto = (ipv4, ETH_P_IP) if family == 4 else (ipv6, ETH_P_IPV6)
    inner = frame("02:00:00:00:00:aa", mac(source))
    wire.send(ethernet(MAC_A, MAC_B, proto,
                       make(src, dst, 17, udp(src, dst, 4000, PORT[device], vxlan(VNI, inner)))))


def entry(device, address):
    done = subprocess.run(["bridge", "-j", "fdb", "show", "dev", device], text=True,
                          capture_output=True, check=True)
    found = [e for e in json.loads(done.stdout) if e["mac"] == address]
    return [(e.get("dst"), e.get("state")) for e in found]


def same(title, see):
    reference, ours = see("ref"), see("ours")
    report(ours == reference, f"{title}: as vxlan does", reference, ours)
    return reference


def forwarding(wire, family):
    one, two, three, four = PEERS[family]
    unicast, group = "02:00:00:00:00:b1", "01:00:5e:01:02:03"
    title = f"IPv{family}"
    for device in PORT:
        bridge(f"fdb add {unicast} dev {device} dst {one} self permanent",
               f"fdb add 02:00:00:00:00:b2 dev {device} dst {two} port 4789 vni 77 self",
               f"fdb append {group} dev {device} dst {three} self permanent",
               f"fdb append {group} dev {device} dst {four} self permanent")
    seen = same(f"{title}: a MAC goes to its remote",
                lambda device: where(wire, device, unicast))
    report(seen == [(addr(one).hex(), VNI, "own")], f"{title}: and that is what was asked for",
           one, seen)
    same(f"{title}: port and vni of an entry", lambda d: where(wire, d, "02:00:00:00:00:b2"))
    same(f"{title}: a group goes to its remotes", lambda d: where(wire, d, group))
    for what in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:09", "02:00:00:00:00:b9"):
        same(f"{title}: no flood list, {what}", lambda d, what=what: where(wire, d, what))
    for device in PORT:
        bridge(*(f"fdb append 00:00:00:00:00:00 dev {device} dst {peer} self permanent"
                 for peer in PEERS[family]))
    for what in ("ff:ff:ff:ff:ff:ff", "01:00:5e:00:00:09", "02:00:00:00:00:b9", unicast):
        seen = same(f"{title}: a flood list of four, {what}",
                    lambda d, what=what: where(wire, d, what))
        report(len(seen) == (1 if what == unicast else 4),
               f"{title}: a flood list of four, {what}: number of copies",
               1 if what == unicast else 4, len(seen))


def learning(wire, family):
    one, two, three, _ = PEERS[family]
    source, fixed = "02:00:00:00:00:c1", "02:00:00:00:00:c2"
    title = f"IPv{family}, learning"
    for device in PORT:
        comes_from(wire, family, device, one, source)
    time.sleep(0.2)
    same(f"{title} off: nothing is learned", lambda d: entry(d, source))
    ip(*(f"link set {device} type {kind} learning"
         for device, kind in (("ours", "flannel"), ("ref", "vxlan"))))
    for device in PORT:
        comes_from(wire, family, device, one, source)
    time.sleep(0.2)
    seen = same(f"{title}: the source MAC", lambda d: entry(d, source))
    report(bool(seen), f"{title}: there is an entry", "an entry", seen)
    seen = same(f"{title}: frames to it", lambda d: where(wire, d, source))
    report(len(seen) == 1, f"{title}: are not flooded", 1, len(seen))
    for device in PORT:
        comes_from(wire, family, device, two, source)
    time.sleep(0.2)
    same(f"{title}: it moves", lambda d: entry(d, source))
    for device in PORT:
        bridge(f"fdb add {fixed} dev {device} dst {one} self permanent")
        link = Link(device)
        comes_from(wire, family, device, three, fixed)
        report(not link.receive(quiet=0.3, most=0.5),
               f"{title}, {device}: a fixed MAC from elsewhere is dropped", "a drop", "a packet")
        link.close()
    same(f"{title}: a fixed MAC does not move", lambda d: entry(d, fixed))
    ip("link set ours type flannel ageing 2")
    end = time.monotonic() + 30
    while time.monotonic() < end and entry("ours", source):
        time.sleep(0.5)
    report(not entry("ours", source), f"{title}: it ages", "no entry", entry("ours", source))
    report(bool(entry("ours", fixed)), f"{title}: a fixed one does not", "an entry", "none")
    ip("link set ours type flannel ageing 300")
    comes_from(wire, family, "ours", one, source)
    time.sleep(0.2)
    report(bool(entry("ours", source)), f"{title}: it is learned again", "an entry", "none")
    ip("link set ours down")
    report(not entry("ours", source), f"{title}: it goes when the device goes down",
           "no entry", entry("ours", source))
    report(bool(entry("ours", fixed)), f"{title}: a fixed one stays", "an entry", "none")
    ip("link set ours up")


def main():
    enter("b")
    wire = Link("eth0")
    enter("a")
    for family in (4, 6):
        lines = []
        for device, kind in (("ours", "flannel"), ("ref", "vxlan")):
            lines += [f"link add {device} address 02:00:00:00:00:aa type {kind} id {VNI} "
                      f"dev eth0 local {LOCAL[family]} dstport {PORT[device]} nolearning",
                      f"link set {device} addrgenmode none", f"link set {device} up"]
        ip(*lines, *(f"neigh replace {peer} lladdr {sys.argv[2]} dev eth0 nud permanent"
                     for peer in PEERS[family]))
        command_line(family)
        forwarding(wire, family)
        learning(wire, family)
        ip("link del ours", "link del ref")


main()
