#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""What our device makes of packets that come in, against what a vxlan device with
the same options makes of them: delivered or dropped, and the inner frame."""
import re
import subprocess
import sys

from frames import (ETH_P_ARP, ETH_P_IP, ETH_P_IPV6, VXLAN_I, Link, addr, bridge, enter,
                    ethernet, ip, ip_packet, ipv4, ipv6, mac, report, udp, vxlan)

MAC_A, MAC_B = mac(sys.argv[1]), mac(sys.argv[2])
INNER = mac("02:00:00:00:00:aa")
OURS, REFERENCE = 8473, 8472
LOCAL = {4: "198.51.100.1", 6: "2001:db8:100::1"}
PEER = {4: "198.51.100.2", 6: "2001:db8:100::2"}
OUT = {family: (addr(PEER[family]), addr(LOCAL[family])) for family in (4, 6)}
IN = {4: (addr("10.0.0.2"), addr("10.0.0.1")), 6: (addr("fd00::2"), addr("fd00::1"))}
PROTO = {4: ETH_P_IP, 6: ETH_P_IPV6}
VNI = 42
ECN = "not-ECT", "ECT(1)", "ECT(0)", "CE"
# RFC 6040, figure 4: by inner, then by outer; None is a drop
RFC6040 = ((0, 0, 0, None), (1, 1, 1, 3), (2, 1, 2, 3), (3, 3, 3, 3))


class Case:
    """A packet. Its number is in the inner source MAC."""
    count = 0

    def __init__(self, name, family, payload, fragments=False, csum=True, inner_left=0,
                 **fields):
        self.name, self.family, self.payload = name, family, payload
        self.fragments, self.csum, self.fields = fragments, csum, fields
        # Bytes from the inner UDP header on, whose checksum is left to the card
        self.inner_left = inner_left

    @staticmethod
    def source():
        Case.count += 1
        return b"\x02\x01\0\0" + Case.count.to_bytes(2, "big")

    def send(self, wire, port):
        src, dst = OUT[self.family]
        datagram = udp(src, dst, 4000, port, self.payload, csum=self.csum)
        if self.csum == "wrong":
            datagram = datagram[:6] + bytes([datagram[6] ^ 0x55]) + datagram[7:]
        packets = [(ipv4 if self.family == 4 else ipv6)(src, dst, 17, datagram, **self.fields)]
        if self.fragments:
            packets = fragment(packets[0])
        start = None
        if self.csum == "left":
            start = 14 + len(packets[0]) - len(datagram)
        if self.inner_left:
            start = 14 + len(packets[0]) - self.inner_left
        for packet in packets:
            wire.send(ethernet(MAC_A, MAC_B, PROTO[self.family], packet), csum_start=start)


def fragment(packet):
    """An IPv4 packet in two pieces."""
    src, dst, data = packet[12:16], packet[16:20], packet[20:]
    first = bytearray(ipv4(src, dst, 17, data[:32], ident=77))
    second = bytearray(ipv4(src, dst, 17, data[32:], ident=77))
    for piece, field in ((first, 0x2000), (second, 4)):
        piece[6:8] = field.to_bytes(2, "big")
        piece[10:12] = b"\0\0"
        total = sum(int.from_bytes(piece[i:i + 2], "big") for i in range(0, 20, 2))
        total = (total & 0xffff) + (total >> 16)
        piece[10:12] = (~((total & 0xffff) + (total >> 16)) & 0xffff).to_bytes(2, "big")
    return [bytes(first), bytes(second)]


def frame(family=4, source=None, vlan=None, **fields):
    return ethernet(INNER, source or Case.source(), PROTO[family],
                    ip_packet(*IN[family], b"payload", **fields), vlan)


def ecn(outer, inner):
    for there in range(4):
        for here in range(4):
            case = Case(f"{ECN[here]} in {ECN[there]}", outer,
                        vxlan(VNI, frame(inner, tos=0xb8 | here)), tos=there)
            case.expected = RFC6040[here][there]
            yield case


def reserved(family):
    for bit in range(32):
        flags = VXLAN_I ^ 1 << bit
        yield Case(f"flags {flags:#010x}", family, vxlan(VNI, frame(), flags=flags))
    for bit in range(8):
        yield Case(f"bit {bit} after the VNI", family, vxlan(VNI, frame(), reserved=1 << bit))
    yield Case("all reserved bits", family, vxlan(VNI, frame(), 0xffffffff, 0xff))


def lengths(family):
    for size in (0, 1, 7, 8, 9, 21, 22, 23, 30, 41, 42, 43, 50):
        yield Case(f"{size} bytes of UDP", family, vxlan(VNI, frame())[:size])
        yield Case(f"{size} bytes of UDP, IPv6 inside", family, vxlan(VNI, frame(6))[:size])


def checksums(family):
    yield Case("no UDP checksum", family, vxlan(VNI, frame()), csum=False)
    yield Case("a wrong UDP checksum", family, vxlan(VNI, frame()), csum="wrong")
    yield Case("a right UDP checksum", family, vxlan(VNI, frame()))
    yield Case("a UDP checksum left to the card", family, vxlan(VNI, frame()), csum="left")
    for inner in (4, 6):
        yield Case(f"an inner checksum left to the card, IPv{inner} inside", family,
                   vxlan(VNI, frame(inner, csum="left")), csum=False, inner_left=8 + 7)


def odd(family):
    yield Case("another VNI", family, vxlan(VNI + 1, frame()))
    yield Case("VNI 0", family, vxlan(0, frame()))
    yield Case("our own MAC as source", family, vxlan(VNI, frame(source=INNER)))
    for vlan in (1, 2, 4, 5, 100):
        for mark in range(4):
            yield Case(f"VLAN {vlan} in {ECN[mark]}", family, vxlan(VNI, frame(vlan=vlan)),
                       tos=mark)
    yield Case("ARP inside", family, vxlan(VNI, ethernet(INNER, Case.source(), ETH_P_ARP,
                                                         b"\0" * 28)))
    yield Case("802.3 inside", family, vxlan(VNI, ethernet(INNER, Case.source(), 40,
                                                           b"\x42\x42\x03" + b"\0" * 37)))
    yield Case("a frame to another MAC", family, vxlan(VNI, MAC_B + frame()[6:]))
    yield Case("a frame to all", family, vxlan(VNI, b"\xff" * 6 + frame()[6:]))
    if family == 4:
        yield Case("fragments", family, vxlan(VNI, frame()), fragments=True)


def outcome(wire, device, port, cases):
    """What was delivered, by the number in the source MAC."""
    link = Link(device)
    for case in cases:
        case.send(wire, port)
    got = {data[6:12]: data for data, _ in link.receive(quiet=0.4, most=4.0)}
    link.close()
    return got


def inner_ecn(data):
    if data[12:14] == b"\x08\0":
        return data[15] & 3
    return data[15] >> 4 & 3


def compare(wire, title, cases):
    cases = list(cases)
    ours = outcome(wire, "ours", OURS, cases)
    reference = outcome(wire, "ref", REFERENCE, cases)
    wrong = []
    for case in cases:
        key = case.payload[14:20]
        mine, theirs = ours.get(key), reference.get(key)
        if mine != theirs:
            wrong.append((case.name, theirs and theirs.hex(), mine and mine.hex()))
        if mine and hasattr(case, "expected") and inner_ecn(mine) != case.expected:
            wrong.append((case.name, f"RFC 6040: {case.expected}", inner_ecn(mine)))
        if not mine and getattr(case, "expected", None) is not None:
            wrong.append((case.name, f"RFC 6040: {case.expected}", "dropped"))
    report(not wrong and len(ours) == len(reference),
           f"{title}: {len(cases)} packets are treated as by vxlan "
           f"({len(reference)} delivered)",
           "; ".join(f"{name}: {expected}" for name, expected, _ in wrong) or len(reference),
           "; ".join(f"{name}: {seen}" for name, _, seen in wrong) or len(ours))


def make(options):
    lines = []
    for kind, name, port in (("flannel", "ours", OURS), ("vxlan", "ref", REFERENCE)):
        lines += [f"link add {name} address 02:00:00:00:00:aa type {kind} "
                  f"id {VNI} dev eth0 dstport {port} nolearning {options}",
                  f"link set {name} addrgenmode none", f"link set {name} up"]
    ip(*lines)


def groups(wire, family, title):
    for inner in (4, 6):
        compare(wire, f"{title}, ECN, IPv{inner} inside", ecn(family, inner))
    compare(wire, f"{title}, reserved bits", reserved(family))
    compare(wire, f"{title}, lengths", lengths(family))
    compare(wire, f"{title}, checksums", checksums(family))
    compare(wire, f"{title}, frames of all kinds", odd(family))


def without_checksums(cases):
    """Those with a checksum cannot take the fast path over this wire."""
    for case in cases:
        case.csum = False
        yield case


def fast_groups(wire, family):
    """Once a peer is known and has been heard, its packets take the fast path."""
    title = f"IPv{family} outside, fast path"
    bridge(f"fdb add 02:00:00:00:00:bb dev ours dst {PEER[family]} self permanent")
    for _ in range(3):
        outcome(wire, "ours", OURS, [Case("first", family, vxlan(VNI, frame()), csum=False)])
    before = counter("rx_fast")
    for inner in (4, 6):
        compare(wire, f"{title}, ECN, IPv{inner} inside", without_checksums(ecn(family, inner)))
    compare(wire, f"{title}, reserved bits", without_checksums(reserved(family)))
    compare(wire, f"{title}, lengths", without_checksums(lengths(family)))
    compare(wire, f"{title}, frames of all kinds", without_checksums(odd(family)))
    report(counter("rx_fast") > before + 30, f"{title}: it is taken", "30 packets or more",
           counter("rx_fast") - before)


def counter(name):
    said = subprocess.run(["ethtool", "-S", "ours"], text=True, capture_output=True,
                          check=True).stdout
    return int(re.search(rf"\b{name}: (\d+)", said).group(1))


def main():
    enter("b")
    wire = Link("eth0")
    enter("a")
    for family in (4, 6):
        local = f"local {LOCAL[family]}"
        title = f"IPv{family} outside"
        make(f"{local}")
        groups(wire, family, title)
        ip("link del ours", "link del ref")
        make(f"{local} gbp")
        compare(wire, f"{title}, gbp, reserved bits", reserved(family))
        ip("link del ours", "link del ref")
        make(f"{local} udp6zerocsumrx")
        if family == 6:
            compare(wire, f"{title}, udp6zerocsumrx, checksums", checksums(family))
        fast_groups(wire, family)
        ip("link del ours", "link del ref")


main()
