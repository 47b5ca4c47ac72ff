#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Group policy: skb->mark to the VXLAN header and back, as a vxlan device with gbp
does it."""
import sys

from frames import (ETH_P_IP, VXLAN_I, Link, Outer, addr, bridge, enter, ethernet, ip,
                    ip_packet, ipv4, mac, report, udp, vxlan)

MAC_A, MAC_B = mac(sys.argv[1]), mac(sys.argv[2])
HERE, THERE = mac("02:00:00:00:00:aa"), mac("02:00:00:00:00:bb")
PORT = {"ours": 8473, "ref": 8472}
SRC, DST = addr("198.51.100.2"), addr("198.51.100.1")
GBP = 0x80000000
MARKS = (0, 1, 0x2a, 0xffff, 0x10000, 0x80000, 0x80001, 0x400000, 0x48ffff, 0x1234567,
         0x80000000, 0xffffffff)


def frame(dst, src):
    return ethernet(dst, src, ETH_P_IP,
                    ip_packet(addr("10.0.0.1"), addr("10.0.0.2"), b"payload"))


def header(wire, device, mark):
    link = Link(device)
    wire.receive(quiet=0.05, most=0.1)
    link.send(frame(THERE, HERE), mark=mark)
    got = [Outer(data) for data, _ in wire.receive(want=1, most=2.0)]
    link.close()
    return [f"{outer.flags:08x} {outer.vni:08x}" for outer in got
            if outer.next == 17 and outer.dport == PORT[device]]


def marks(wire, device, flags):
    link = Link(device, mark=True)
    for number, word in enumerate(flags):
        inner = frame(HERE, b"\x02\x01\0\0\0" + bytes([number]))
        wire.send(ethernet(MAC_A, MAC_B, ETH_P_IP, ipv4(SRC, DST, 17, udp(
            SRC, DST, 4000, PORT[device], vxlan(42, inner, word)))))
    got = {data[11]: mark for data, mark in link.receive(quiet=0.4, most=3.0)}
    link.close()
    return [got.get(number, "dropped") for number in range(len(flags))]


def main():
    enter("b")
    wire = Link("eth0")
    enter("a")
    lines = []
    for name, kind in (("ours", "flannel"), ("ref", "vxlan")):
        lines += [f"link add {name} address 02:00:00:00:00:aa type {kind} id 42 dev eth0 "
                  f"local 198.51.100.1 dstport {PORT[name]} nolearning gbp",
                  f"link set {name} addrgenmode none", f"link set {name} up"]
    ip(*lines)
    bridge(*(f"fdb add 02:00:00:00:00:bb dev {name} dst 198.51.100.2 self permanent"
             for name in PORT))
    for mark in MARKS:
        reference, ours = header(wire, "ref", mark), header(wire, "ours", mark)
        report(reference and ours == reference,
               f"mark {mark:#x} is sent as vxlan sends it", reference, ours)
    flags = [VXLAN_I] + [VXLAN_I | GBP | mark & 0xffffff for mark in MARKS]
    flags += [VXLAN_I | mark & 0xffffff for mark in MARKS]
    reference, ours = marks(wire, "ref", flags), marks(wire, "ours", flags)
    for word, theirs, mine in zip(flags, reference, ours):
        report(mine == theirs, f"flags {word:#010x} become the mark of vxlan", theirs, mine)
    report(0x48ffff in reference and "dropped" not in reference,
           "vxlan hands marks on", "0x48ffff, nothing dropped", reference)
    ip("link del ours", "link del ref")


main()
