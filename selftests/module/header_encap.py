#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""The outer headers of what our device sends, field by field against those of a
vxlan device with the same options, for all kinds of inner frames."""
import itertools

from frames import (ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, Link, Outer, addr, bridge,
                    difference, enter, ethernet, ip, ip_packet, ipv4, ipv6, mac,
                    report, udp)

HERE, THERE = mac("02:00:00:00:00:aa"), mac("02:00:00:00:00:bb")
REFERENCE = 8472
OURS = {"fast": ("fastpath on", 8473), "slow": ("fastpath off", 8474)}
LOCAL = {4: "198.51.100.1", 6: "2001:db8:100::1"}
REMOTE = {4: "198.51.100.2", 6: "2001:db8:100::2"}
IN4 = addr("10.0.0.1"), addr("10.0.0.2")
IN6 = addr("fd00::1"), addr("fd00::2")


def frames():
    """Inner frames; the number in the payload tells them apart."""
    count = itertools.count()

    def payload():
        return b"case%04d" % next(count)

    for tos in (0x00, 0x01, 0x02, 0x03, 0x10, 0x28, 0xb8, 0xb9, 0xba, 0xbb, 0xfc, 0xff):
        yield f"IPv4, TOS {tos:#04x}", ETH_P_IP, ip_packet(*IN4, payload(), tos=tos), None
        yield f"IPv6, TOS {tos:#04x}", ETH_P_IPV6, ip_packet(*IN6, payload(), tos=tos), None
    for ttl in (1, 2, 63, 128, 255):
        yield f"IPv4, TTL {ttl}", ETH_P_IP, ip_packet(*IN4, payload(), ttl=ttl), None
        yield f"IPv6, hop limit {ttl}", ETH_P_IPV6, ip_packet(*IN6, payload(), ttl=ttl), None
    yield "IPv4, DF", ETH_P_IP, ip_packet(*IN4, payload(), df=True), None
    yield "IPv6, flow label", ETH_P_IPV6, ip_packet(*IN6, payload(), label=0x12345), None
    yield "IPv4 in a VLAN", ETH_P_IP, ip_packet(*IN4, payload(), tos=0xbb, ttl=7, df=True), 5
    yield "IPv6 in a VLAN", ETH_P_IPV6, ip_packet(*IN6, payload(), tos=0xbb, ttl=7), 5
    yield "ARP", ETH_P_ARP, bytes.fromhex("0001080006040002") + HERE + IN4[0] + THERE + \
        IN4[1] + payload(), None
    yield "an unknown protocol", 0x88b5, payload() * 4, None


FRAMES = [(name, ethernet(THERE, HERE, proto, packet, vlan))
          for name, proto, packet, vlan in frames()]

ANY = ("", "tos 0x10", "tos inherit", "tos 0xff", "ttl 5", "ttl 255", "ttl inherit",
       "tos inherit ttl inherit", "df set", "df inherit")
CASES = [(4, options) for options in ANY + ("udpcsum", "srcport 5000 5016", "id 16777215")]
CASES += [(6, options) for options in ANY + (
    "flowlabel 0x12345", "flowlabel 0xfffff tos inherit", "udp6zerocsumtx",
    "noudp6zerocsumtx")]


def add(kind, name, family, options, port):
    if "id " not in options:
        options += " id 42"
    if kind == "vxlan":
        options += " nolearning" + (" noudpcsum" if "udpcsum" not in options else "")
    return (f"link add {name} address 02:00:00:00:00:aa type {kind} "
            f"local {LOCAL[family]} dev eth0 dstport {port} {options}",
            f"link set {name} addrgenmode none", f"link set {name} up")


def make_all(family, options):
    lines = list(add("vxlan", "ref", family, options, REFERENCE))
    for name, (extra, port) in OURS.items():
        lines += add("flannel", name, family, f"{options} {extra}", port)
    ip(*lines)
    bridge(*(f"fdb add 02:00:00:00:00:bb dev {name} dst {REMOTE[family]} self permanent"
             for name in ("ref", *OURS)))


def remove_all():
    ip("link del ref", *(f"link del {name}" for name in OURS))


def sent_by(wire, name, port, inner):
    """What each of the frames became; None if it was not sent."""
    link = Link(name)
    wire.receive(quiet=0.05, most=0.2)
    for frame in inner:
        link.send(frame)
    got = {}
    for frame, _ in wire.receive(want=len(inner), most=3.0):
        outer = Outer(frame)
        if outer.next == 17 and not outer.fragment and outer.dport == port:
            got[outer.inner] = outer
    link.close()
    return [got.get(frame) for frame in inner]


def compare(title, ours, reference):
    wrong = []
    for (name, _), mine, theirs in zip(FRAMES, ours, reference):
        if not mine or not theirs:
            wrong.append((name, f"{'a' if theirs else 'no'} packet",
                          f"{'a' if mine else 'no'} packet"))
        elif mine.summary() != theirs.summary():
            wrong.append((name, *difference(theirs.summary(), mine.summary())))
    report(not wrong, f"{title}: {len(FRAMES)} kinds of frames leave as from vxlan",
           "; ".join(f"{name}: {expected}" for name, expected, _ in wrong),
           "; ".join(f"{name}: {seen}" for name, _, seen in wrong))


def options(wire):
    inner = [frame for _, frame in FRAMES]
    for family, words in CASES:
        title = f"IPv{family} outside, {words or 'no option'}"
        make_all(family, words)
        reference = sent_by(wire, "ref", REFERENCE, inner)
        report(all(reference), f"{title}: vxlan sends all of them", "packets", "none")
        for name, (extra, port) in OURS.items():
            ours = sent_by(wire, name, port, inner)
            compare(f"{title}, {extra}", ours, reference)
            if "srcport" in words:
                ports = {outer.sport for outer in ours if outer}
                report(ports and min(ports) >= 5000 and max(ports) < 5016,
                       f"{title}, {extra}: source ports are within the range",
                       "5000 to 5015", ports)
        remove_all()


def spread(wire):
    """Flows are spread over the source ports, and each keeps its own."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as file:
        low, high = map(int, file.read().split())
    flows = []
    for proto, make_ip, (src, dst) in ((ETH_P_IP, ipv4, IN4), (ETH_P_IPV6, ipv6, IN6)):
        for number in range(100):
            packet = make_ip(src, dst, 17, udp(src, dst, 10000 + number, 53, b"flow"))
            flows.append(ethernet(THERE, HERE, proto, packet))
    make_all(4, "")
    for name, (extra, port) in OURS.items():
        title = f"200 flows, {extra}"
        first = sent_by(wire, name, port, flows)
        second = sent_by(wire, name, port, flows)
        if not report(all(first) and all(second), f"{title}: all are sent"):
            continue
        ports = [outer.sport for outer in first]
        report(len(set(ports)) >= 150, f"{title}: source ports are spread",
               "150 different ones or more", len(set(ports)))
        report(low <= min(ports) and max(ports) <= high,
               f"{title}: source ports are the host's local ones",
               f"{low} to {high}", f"{min(ports)} to {max(ports)}")
        report(ports == [outer.sport for outer in second],
               f"{title}: each keeps its source port", ports,
               [outer.sport for outer in second])
    remove_all()


enter("b")
WIRE = Link("eth0")
enter("a")
options(WIRE)
spread(WIRE)
