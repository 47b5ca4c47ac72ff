#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""IPv6 frames of every kind, sent raw out of a device of a namespace: to everybody, to
MACs that nobody has, to those that somebody has. Arguments: namespace, device, MAC that
is known."""
import struct
import sys

from frames import (ETH_P_8021Q, ETH_P_IPV6, Link, addr, checksum, enter, ethernet,
                    ip_packet, ipv6, mac, pseudo)

SOURCE = mac("02:00:00:00:00:77")
NOBODY = mac("02:00:00:00:00:99")
FROM = "fe80::77", "fd00:10:244:1::7", "::", "::1", "ff02::1"
TO = ("ff02::1:ff00:1", "fd00::1", "fd16::1", "fe80::1", "fd00:10:244:2::1", "::1", "::",
      "::ffff:10.244.2.1")


def icmp(src, dst, kind, body, ttl=255):
    message = struct.pack("!BBH", kind, 0, 0) + body
    total = checksum(pseudo(src, dst, 58, len(message)) + message)
    return ipv6(src, dst, 58, message[:2] + struct.pack("!H", total) + message[4:], ttl=ttl)


def packets(src, dst):
    target = addr("fd00::1")
    link = b"\1\1" + SOURCE
    for solicited in (target, dst):
        yield icmp(src, dst, 135, b"\0" * 4 + solicited + link)    # solicitation
        yield icmp(src, dst, 136, b"\xe0\0\0\0" + solicited)       # advertisement
    yield icmp(src, dst, 133, b"\0" * 4)                           # router solicitation
    yield icmp(src, dst, 128, b"\0\1\0\1" + b"ping" * 10, ttl=64)  # echo
    yield icmp(src, dst, 1, b"\0" * 4 + ip_packet(dst, src, b"quoted"))
    yield icmp(src, dst, 2, struct.pack("!I", 1280) + ip_packet(dst, src, b"quoted"))
    yield ip_packet(src, dst, b"datagram")
    yield ip_packet(src, dst, b"d" * 1400)
    yield ip_packet(src, dst, b"hops", ttl=1)
    yield ipv6(src, dst, 0, b"\x3a\0\5\2\0\0\1\0" + b"\x80\0\0\0" * 2)  # hop-by-hop options
    yield ipv6(src, dst, 44, b"\x11\0\0\1\0\0\0\1" + b"f" * 32)         # fragment
    yield ipv6(src, dst, 58, b"\x87")                                   # solicitation, cut off
    yield ip_packet(src, dst, b"cut off")[:30]


def main():
    name, device, known = sys.argv[1:]
    enter(name)
    link = Link(device)
    count = 0
    for dst in (mac("33:33:ff:00:00:01"), mac("ff:ff:ff:ff:ff:ff"), NOBODY, mac(known)):
        for source in FROM:
            for to in TO:
                for packet in packets(addr(source), addr(to)):
                    link.send(ethernet(dst, SOURCE, ETH_P_IPV6, packet))
                    count += 1
        tagged = struct.pack("!HH", 5, ETH_P_IPV6) + ip_packet(addr(FROM[1]), addr(TO[1]), b"")
        link.send(ethernet(dst, SOURCE, ETH_P_8021Q, tagged))
    print(count)


main()
