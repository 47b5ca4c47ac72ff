#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Outer packets that arrive joined, on the planes of beside.sh: every inner datagram
comes out, as with the kernel's vxlan device.

    stock_joined.py KIND...     the first one is vxlan"""
import errno
import fcntl
import os
import socket
import struct
import sys

from beside import FAMILIES, PORT, SENT, Plane, inner, run_all, skip, under, wait_for
from frames import (ETH_P_IP, ETH_P_IPV6, addr, checksum, enter, ethernet, ip_packet, ipv4, ipv6,
                    mac, pseudo, report, udp, vxlan)

UDP_SEGMENT, PACKET_VNET_HDR, IFF_TAP, IFF_NO_PI, IFF_VNET_HDR = 103, 15, 2, 0x1000, 0x4000
TUNSETIFF, NEEDS_CSUM, GSO_UDP, GSO_UDP_L4 = 0x400454ca, 1, 3, 5
JOINED, TURNS, SIZE = 8, 6, 900
INNER_PORT = 2000
PLACES = "the node", "a pod"
DUT_MAC, PEER_MAC, TAP_MAC = "02:00:00:00:10:01", "02:00:00:00:10:02", "02:00:00:00:20:02"


def target(family, where):
    """An inner address: the node's own, or that of a pod behind it."""
    return inner(family, "dut") if where == "the node" else f"10.201.{family}.2"


def frame(family, number, where, size=SIZE):
    """What vxlan wraps: a datagram with a number."""
    src, dst = addr(inner(family, "peer")), addr(target(family, where))
    packet = ip_packet(src, dst, struct.pack("!I", number).ljust(size, b"x"))
    return vxlan(family, ethernet(mac(f"02:f1:a0:00:00:{family}1"),
                                  mac(f"02:f1:a0:00:00:{family}2"), ETH_P_IP, packet))


def outer(family, payload, source, dest, dmac):
    """An outer packet whose checksum is left to the device, and where that begins."""
    src, dst = addr(source), addr(dest)
    packet = udp(src, dst, 50000, PORT, payload, csum=False)
    start = ~checksum(pseudo(src, dst, 17, len(packet))) & 0xffff
    packet = packet[:6] + struct.pack("!H", start) + packet[8:]
    make, proto = (ipv4, ETH_P_IP) if family == 4 else (ipv6, ETH_P_IPV6)
    return (ethernet(mac(dmac), mac(PEER_MAC), proto, make(src, dst, 17, packet)),
            14 + (20 if family == 4 else 40))


def vnet_hdr(kind, size, start):
    return struct.pack("=BBHHHH", NEEDS_CSUM, kind, start + 8, size, start, 6)


class Segments:
    """A program on the peer, or a pod behind it, that sends segments to our port."""
    name = "UDP_SEGMENT"
    size = SIZE

    def __init__(self, plane):
        self.sock = {}
        enter(f"{plane.kind}-peer")
        for family, af in ((4, socket.AF_INET), (6, socket.AF_INET6)):
            sock = socket.socket(af, socket.SOCK_DGRAM)
            sock.connect((under(family, "dut"), PORT))
            sock.setsockopt(socket.IPPROTO_UDP, UDP_SEGMENT, len(frame(family, 0, "the node")))
            self.sock[family] = sock

    def send(self, family, frames):
        self.sock[family].send(b"".join(frames))


class Packet:
    """A packet socket on the peer's device, with the header of virtio."""
    name = "a packet socket"
    size = SIZE

    def __init__(self, plane):
        enter(f"{plane.kind}-peer")
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
        self.sock.setsockopt(263, PACKET_VNET_HDR, 1)
        self.sock.bind(("eth0", 0))

    def send(self, family, frames):
        data, start = outer(family, b"".join(frames), under(family, "peer"),
                            under(family, "dut"), DUT_MAC)
        self.sock.send(vnet_hdr(GSO_UDP_L4, len(frames[0]), start) + data)


class Large(Packet):
    """One datagram each that is larger than a packet may be, for a device to fragment."""
    name = "a packet socket, to be fragmented"
    size = 3000

    def send(self, family, frames):
        for data in frames:
            data, start = outer(family, data, under(family, "peer"), under(family, "dut"),
                                DUT_MAC)
            self.sock.send(vnet_hdr(GSO_UDP, 1400, start) + data)


class Tap:
    """The node's card is a tap device, whose other end hands over what is joined."""
    name = "a tap device"
    size = SIZE

    def __init__(self, plane):
        enter(f"{plane.kind}-dut")
        self.fd = os.open("/dev/net/tun", os.O_RDWR)
        fcntl.ioctl(self.fd, TUNSETIFF, struct.pack("16sH", b"tap0", IFF_TAP | IFF_NO_PI |
                                                    IFF_VNET_HDR))
        plane.run("dut", "ip", "-batch", "-", text=(
            f"link set tap0 address {TAP_MAC} up\naddress add 198.51.101.1/24 dev tap0\n"
            "address add 2001:db8:101::1/64 dev tap0 nodad\n"))

    def send(self, family, frames):
        ends = (("198.51.101.2", "198.51.101.1") if family == 4 else
                ("2001:db8:101::2", "2001:db8:101::1"))
        data, start = outer(family, b"".join(frames), *ends, TAP_MAC)
        os.write(self.fd, vnet_hdr(GSO_UDP_L4, len(frames[0]), start) + data)


class Sink:
    """Where the datagrams come out."""

    def __init__(self, plane, family, where):
        enter(f"{plane.kind}-{'dut' if where == 'the node' else 'pod'}")
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, 33, 8 << 20)
        self.sock.bind((target(family, where), INNER_PORT))
        self.sock.setblocking(False)
        self.got = {}

    def receive(self):
        while True:
            try:
                data = self.sock.recv(65536)
            except BlockingIOError:
                return self.got
            good = set(data[4:]) == {ord("x")} and len(data) in (SIZE, 3000)
            number = struct.unpack("!I", data[:4])[0] if good else "bad"
            self.got[number] = self.got.get(number, 0) + 1


def turn(planes, senders, sinks, title):
    """The same from each plane's sender, to the node and to a pod behind it."""
    for family in FAMILIES:
        for where in PLACES:
            try:
                one_way(planes, senders, sinks, family, where, f"{title}, IPv{family}, to {where}")
            except OSError as error:
                if error.errno != errno.EINVAL:
                    raise
                skip(title, "a packet socket or a tap device of this kernel takes no such packets")
                return


def one_way(planes, senders, sinks, family, where, title):
    here = {plane.kind: sinks[plane.kind][family, where] for plane in planes}
    for plane in planes:
        here[plane.kind].got = {}
        sender = senders[plane.kind]
        for n in range(TURNS):
            sender.send(family, [frame(family, number, where, sender.size)
                                 for number in range(n * JOINED, (n + 1) * JOINED)])
    want = {number: 1 for number in range(TURNS * JOINED)}
    wait_for(lambda: all([sink.receive() == want for sink in here.values()]), 2)
    got = {kind: sink.got for kind, sink in here.items()}
    if got["vxlan"] != want:
        report(False, f"{title}: vxlan itself has all datagrams", len(want), got["vxlan"])
    else:
        missing = {kind: f"{sum(n in numbers for n in want)} of {len(want)}: {numbers}"
                   for kind, numbers in got.items() if numbers != want}
        report(not missing, f"{title}: all datagrams arrive", len(want), missing)


def warm(planes):
    """Packets that are not joined: what the fast path learns by them, it knows."""
    for plane in planes:
        plane.add_flows(["warm"], [30000])
        plane.burst()
        report(wait_for(lambda p=plane: p.settle() or all(
            len(numbers) == SENT for numbers in p.flows["warm"].got.values())),
            f"{plane.kind}: packets that are not joined arrive", SENT, plane.flows["warm"].got)


def hop(planes, *features):
    for plane in planes:
        plane.run("hop", "ethtool", "-K", "peer", *features)


def all_ways(planes, senders, sinks, title):
    for kind, by_plane in senders.items():
        turn(planes, by_plane, sinks, f"{title}, {kind.name}")
    # What leaves the peer in pieces is joined by the hop.
    for plane in planes:
        plane.run("peer", "ethtool", "-K", "eth0", "tx-udp-segmentation", "off")
    for name in ("rx-udp-gro-forwarding", "rx-gro-list"):
        hop(planes, "gro", "on", name, "on")
        turn(planes, senders[Segments], sinks, f"{title}, {name} on a hop")
        hop(planes, "gro", "off", name, "off")
    for plane in planes:
        plane.run("peer", "ethtool", "-K", "eth0", "tx-udp-segmentation", "on")


def main(kinds):
    planes = [Plane(kind) for kind in kinds]
    sinks = {plane.kind: {(family, where): Sink(plane, family, where)
                          for family in FAMILIES for where in PLACES} for plane in planes}
    warm(planes)
    senders = {kind: {plane.kind: kind(plane) for plane in planes}
               for kind in (Segments, Packet, Tap, Large)}
    all_ways(planes, senders, sinks, "no hook")
    chains = "".join(f"chain {hook} {{ type filter hook {hook} priority 0; "
                     f"udp dport {PORT} counter accept; }}\n"
                     for hook in ("prerouting", "input", "output", "postrouting"))
    run_all(planes, "nft", "-f", "-", text=f"table inet t {{\n{chains}}}\n")
    all_ways(planes, senders, sinks, "with hooks")


if __name__ == "__main__":
    main(sys.argv[1:])
