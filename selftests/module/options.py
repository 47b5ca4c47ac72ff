#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Options that the kernel must refuse, in words that name them. They are sent as
raw attributes: ip(8) would refuse most of them by itself."""
import os
import re
import socket
import struct

from frames import addr, enter, report

RTM_NEWLINK, NLMSG_ERROR = 16, 2
NLM_F_REQUEST, NLM_F_ACK, NLM_F_EXCL, NLM_F_CREATE = 1, 4, 0x200, 0x400
NLM_F_ACK_TLVS = 0x200
SOL_NETLINK, NETLINK_EXT_ACK = 270, 11
IFLA_ADDRESS, IFLA_IFNAME, IFLA_MTU, IFLA_LINKINFO = 1, 3, 4, 18
INFO_KIND, INFO_DATA = 1, 2
NESTED = 0x8000
OWN = 50


def attr(kind, value):
    data = struct.pack("HH", 4 + len(value), kind) + value
    return data + b"\0" * (-len(data) % 4)


def u8(value):
    return struct.pack("B", value)


def u32(value):
    return struct.pack("I", value)


def be16(*values):
    return struct.pack(f"!{len(values)}H", *values)


def new_link(options, own=(), outside=()):
    """(error number, words of the kernel)"""
    info = b"".join(attr(kind, value) for kind, value in options)
    if own:
        info += attr(OWN | NESTED, b"".join(attr(kind, value) for kind, value in own))
    body = struct.pack("BxHiII", 0, 0, 0, 0, 0)
    body += attr(IFLA_IFNAME, b"bad0\0")
    body += b"".join(attr(kind, value) for kind, value in outside)
    body += attr(IFLA_LINKINFO | NESTED, attr(INFO_KIND, b"flannel") +
                 attr(INFO_DATA | NESTED, info))
    sock = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 0)
    sock.setsockopt(SOL_NETLINK, NETLINK_EXT_ACK, 1)
    sock.send(struct.pack("IHHII", 16 + len(body), RTM_NEWLINK,
                          NLM_F_REQUEST | NLM_F_ACK | NLM_F_CREATE | NLM_F_EXCL, 1, 0) + body)
    answer = sock.recv(65536)
    sock.close()
    length, kind, flags = struct.unpack("IHH", answer[:8])
    assert kind == NLMSG_ERROR, kind
    error, quoted = struct.unpack("iI", answer[16:24])
    words = ""
    if flags & NLM_F_ACK_TLVS:
        at = 20 + (16 if flags & 0x100 or not error else quoted)
        while at + 4 <= length:
            size, what = struct.unpack("HH", answer[at:at + 4])
            if what & 0x3fff == 1:
                words = answer[at + 4:at + size].rstrip(b"\0").decode()
            at += size + (-size % 4)
    return -error, words


V4, V6 = addr("198.51.100.2"), addr("2001:db8:100::2")
MANY4, MANY6 = addr("239.1.1.1"), addr("ff05::1")
NEAR = addr("fe80::2")

# (name, what the words must match, attributes, attributes of our own nest)
REFUSED = [
    ("id of 25 bits", "^id", [(1, u32(1 << 24))], ()),
    ("remote of many", "group", [(2, MANY4)], ()),
    ("remote of many, IPv6", "group", [(16, MANY6)], ()),
    ("remote to all", "group", [(2, b"\xff" * 4)], ()),
    ("two remotes", "^remote", [(2, V4), (16, V6)], ()),
    ("local of many", "^local", [(4, MANY4)], ()),
    ("local of many, IPv6", "^local", [(17, MANY6)], ()),
    ("local to all", "^local", [(4, b"\xff" * 4)], ()),
    ("local IPv4, remote IPv6", "^local and remote", [(4, V4), (16, V6)], ()),
    ("local IPv6, remote IPv4", "^local and remote", [(17, V6), (2, V4)], ()),
    ("link-local without dev", "dev", [(17, NEAR)], ()),
    ("link-local remote without dev", "dev", [(16, NEAR)], ()),
    ("dev that is not there", "^dev", [(3, u32(999999))], ()),
    ("dev that is no ifindex", "^dev", [(3, u32(1 << 31))], ()),
    ("link-local and global", "link-local", [(17, NEAR), (16, V6), (3, u32(1))], ()),
    ("learning 2", "^learning", [(7, u8(2))], ()),
    ("ageing of a month", "^ageing", [(8, u32(30 * 86400))], ()),
    ("srcport backwards", "^srcport", [(10, be16(2000, 1000))], ()),
    ("proxy 2", "^proxy", [(11, u8(2))], ()),
    ("rsc", "rsc", [(12, u8(1))], ()),
    ("l2miss 2", "^l2miss", [(13, u8(2))], ()),
    ("l3miss 2", "^l3miss", [(14, u8(2))], ()),
    ("dstport 0", "^dstport", [(15, be16(0))], ()),
    ("udpcsum 2", "^udpcsum", [(18, u8(2))], ()),
    ("udp6zerocsumtx 2", "^udp6zerocsumtx", [(19, u8(2))], ()),
    ("udp6zerocsumrx 2", "^udp6zerocsumrx", [(20, u8(2))], ()),
    ("remcsumtx", "remcsumtx", [(21, u8(1))], ()),
    ("remcsumrx", "remcsumrx", [(22, u8(1))], ()),
    ("external", "external", [(25, u8(1))], ()),
    ("gpe", "gpe", [(27, b"")], ()),
    ("vnifilter", "vnifilter", [(30, u8(1))], ()),
    ("flowlabel of 21 bits", "^flowlabel", [(26, struct.pack("!I", 1 << 20))], ()),
    ("flowlabel over IPv4", "^flowlabel", [(26, struct.pack("!I", 5)), (4, V4)], ()),
    ("ttl 5 and ttl inherit", "^ttl", [(5, u8(5)), (28, b"")], ()),
    ("df 3", "^df", [(29, u8(3))], ()),
    ("localbypass 2", "^localbypass", [(31, u8(2))], ()),
    ("an attribute that nobody knows", ".", [(40, u8(1))], ()),
    ("id of 2 bytes", ".", [(1, be16(1))], ()),
    ("remote of 5 bytes", ".", [(2, b"\x01" * 5)], ()),
    ("mode 2", "^mode", [], [(64, u8(2))]),
    ("rpf 3", "^rpf", [], [(65, u8(3))]),
    ("fastpath 3", "^fastpath", [], [(66, u8(3))]),
    ("notrack 2", "^notrack", [], [(67, u8(2))]),
    ("subnet_len 33", "^subnet_len ", [], [(68, u8(33))]),
    ("subnet_len6 129", "^subnet_len6", [], [(69, u8(129))]),
    ("miss_entries 0", "^miss_entries", [], [(70, u32(0))]),
    ("miss_bytes 0", "^miss_bytes", [], [(71, u32(0))]),
    ("miss_entry_bytes 0", "^miss_entry_bytes", [], [(72, u32(0))]),
    ("miss_retry 0", "^miss_retry", [], [(73, u32(0))]),
    ("miss_retry of two minutes", "^miss_retry", [], [(73, u32(120000))]),
    ("miss_tries 9", "^miss_tries", [], [(74, u8(9))]),
    ("miss_negative of two hours", "^miss_negative", [], [(75, u32(7200000))]),
    ("lease_idle of a month", "^lease_idle", [], [(76, u32(30 * 86400))]),
    ("rpf_entries 0", "^rpf_entries", [], [(77, u32(0))]),
    ("rpf_rate 2000000", "^rpf_rate", [], [(78, u32(2000000))]),
    ("mode l3 with remote", "^remote", [(2, V4)], [(64, u8(1))]),
    ("mode l3 with learning", "^learning", [(7, u8(1))], [(64, u8(1))]),
    ("mode l3 with proxy", "proxy", [(11, u8(1))], [(64, u8(1))]),
    ("an attribute of a nest that belongs outside", ".", [], [(1, u32(1))]),
    ("an attribute of the nest that nobody knows", ".", [], [(99, u32(1))]),
]

enter("a")
for name, words, options, own in REFUSED:
    code, said = new_link(options, own)
    report(code and re.search(words, said), f"refused: {name}",
           f"an error, and words that match '{words}'",
           f"{os.strerror(code) if code else 'success'}, and '{said}'")
for name, words, outside in (
        ("mtu 67", "^mtu", [(IFLA_MTU, u32(67))]),
        ("mtu 65536", "^mtu", [(IFLA_MTU, u32(65536))]),
        ("an address of many", "^address", [(IFLA_ADDRESS, b"\x01" + b"\0" * 5)]),
        ("an address of 4 bytes", ".", [(IFLA_ADDRESS, b"\x02" * 4)])):
    code, said = new_link([], (), outside)
    report(code and re.search(words, said), f"refused: {name}",
           f"an error, and words that match '{words}'",
           f"{os.strerror(code) if code else 'success'}, and '{said}'")
