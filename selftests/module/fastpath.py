#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Random packets that are routed into our device, by the fast path and by the
ordinary one: what is on the wire, and what comes out at the other end.

    fastpath.py SEED"""
import random
import socket
import subprocess
import sys

from frames import (ETH_P_IP, ETH_P_IPV6, Link, Outer, addr, difference, enter, ipv4,
                    ipv6, report, udp)

SEED = int(sys.argv[1])
COUNT = 150
PORT = 8472


def packets(rng):
    """Inner packets of both families, with all that an outer header may take over.
    The number in the payload tells them apart."""
    for number in range(COUNT):
        payload = b"case%06d" % number + rng.randbytes(rng.choice((0, 1, 64, 700, 1300)))
        tos, ttl = rng.randrange(256), rng.randrange(1, 256)
        ports = rng.randrange(1, 65536), rng.randrange(1, 65536)
        if rng.random() < 0.5:
            src, dst = addr("10.244.1.0"), addr(f"16.{rng.randrange(4)}.2.{rng.randrange(1, 255)}")
            yield socket.AF_INET, dst, ipv4(src, dst, 17, udp(src, dst, *ports, payload), tos, ttl,
                                            rng.random() < 0.5, number + 1)
        else:
            src, dst = addr("fd00:10:244:1::"), addr(f"fd16:0:{rng.randrange(4)}::{number + 1:x}")
            yield socket.AF_INET6, dst, ipv6(src, dst, 17, udp(src, dst, *ports, payload), tos, ttl,
                                             rng.randrange(1 << 20))


def send(cases):
    raw = {}
    for family in (socket.AF_INET, socket.AF_INET6):
        raw[family] = socket.socket(family, socket.SOCK_RAW, socket.IPPROTO_RAW)
        if family == socket.AF_INET6:
            raw[family].setsockopt(socket.IPPROTO_IPV6, 36, 1)  # IPV6_HDRINCL
    for family, dst, packet in cases:
        raw[family].sendto(packet, (socket.inet_ntop(family, dst), 0))


def key(packet):
    at = packet.find(b"case")
    return packet[at:at + 10] if at >= 0 else None


def seen(link, want, outer):
    """By number: the summary of outer packets, or inner ones as they are."""
    got = {}
    for frame, _ in link.receive(want=None, quiet=0.5, most=10.0):
        if key(frame) is None:
            continue
        if outer:
            packet = Outer(frame)
            if packet.next != 17 or packet.fragment or packet.dport != PORT:
                continue
            got[key(frame)] = packet.summary() | {"sport": packet.sport, "mac": frame[:12].hex()}
        else:
            got[key(frame)] = {"frame": frame.hex()}
        if len(got) == want:
            break
    return got


def run(mode, cases):
    for name in ("node1", "node2"):
        enter(name)
        subprocess.run(["ip", "link", "set", "flannel.1", "type", "flannel", "fastpath", mode],
                       check=True)
    enter("node2")
    wire, inside = Link("eth0"), Link("flannel.1")
    enter("node1")
    send(cases)
    got = seen(wire, len(cases), True), seen(inside, len(cases), False)
    wire.close()
    inside.close()
    return got


def compare(name, expected, got):
    wrong = [(number.decode(), *difference(value, got.get(number, {})))
             for number, value in expected.items() if got.get(number) != value]
    report(not wrong and len(got) == len(expected), name,
           "; ".join(f"{n}: {e}" for n, e, _ in wrong[:5]),
           "; ".join(f"{n}: {s}" for n, _, s in wrong[:5]))


CASES = list(packets(random.Random(SEED)))
WIRE, INSIDE = run("off", CASES)
report(len(WIRE) == COUNT, f"seed {SEED}: all packets are on the wire, fastpath off", COUNT, len(WIRE))
report(len(INSIDE) == COUNT, "and come out at the other end", COUNT, len(INSIDE))
for word in ("auto", "on"):
    wires, insides = run(word, CASES)
    compare(f"fastpath {word}: the same packets are on the wire", WIRE, wires)
    compare(f"fastpath {word}: the same packets come out at the other end", INSIDE, insides)
