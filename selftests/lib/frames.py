# SPDX-License-Identifier: GPL-2.0
"""Frames for the tests that compare our device with the kernel's vxlan device:
made, sent and received raw, in network namespaces, without a stack in between."""
import ctypes
import os
import select
import socket
import struct
import subprocess
import time

ETH_P_ALL, ETH_P_IP, ETH_P_ARP, ETH_P_8021Q, ETH_P_IPV6 = 3, 0x800, 0x806, 0x8100, 0x86dd
SO_RCVMARK, SO_RCVBUFFORCE = 75, 33
SOL_PACKET, PACKET_VNET_HDR, NEEDS_CSUM, VNET_HDR = 263, 15, 1, "=BBHHHH"
CLONE_NEWNET = 0x40000000
VXLAN_I = 0x08000000

libc = ctypes.CDLL(None, use_errno=True)


def enter(name):
    """Move this process into the namespace that the scenario calls NAME."""
    fd = os.open(f"/run/netns/{os.environ['NS_PREFIX']}-{name}", os.O_RDONLY)
    if libc.setns(fd, CLONE_NEWNET):
        raise OSError(ctypes.get_errno(), f"cannot enter namespace {name}")
    os.close(fd)


def batch(program, lines):
    done = subprocess.run([program, "-batch", "-"], input="\n".join(lines) + "\n",
                          text=True, capture_output=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{program}: {done.stderr.strip()} (one of: {lines})")


def ip(*lines):
    """Run lines of ip(8) in the namespace of this process."""
    batch("ip", lines)


def bridge(*lines):
    """Run lines of bridge(8) in the namespace of this process."""
    batch("bridge", lines)


def report(good, name, expected=None, seen=None):
    """One check; the scenario makes a line of TAP of it."""
    if good:
        print(f"ok\t{name}", flush=True)
    else:
        print(f"fail\t{name}\t{expected}\t{seen}", flush=True)
    return good


def mac(text):
    return bytes.fromhex(text.replace(":", ""))


def addr(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


def checksum(data):
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    return ~total & 0xffff


def pseudo(src, dst, proto, length):
    if len(src) == 4:
        return src + dst + struct.pack("!BBH", 0, proto, length)
    return src + dst + struct.pack("!II", length, proto)


def udp(src, dst, sport, dport, payload, csum=True):
    """CSUM "left": what a sender writes who leaves the rest to its card."""
    head = struct.pack("!HHHH", sport, dport, 8 + len(payload), 0)
    if not csum:
        return head + payload
    if csum == "left":
        start = ~checksum(pseudo(src, dst, 17, 8 + len(payload))) & 0xffff
        return head[:6] + struct.pack("!H", start) + payload
    total = checksum(pseudo(src, dst, 17, 8 + len(payload)) + head + payload) or 0xffff
    return head[:6] + struct.pack("!H", total) + payload


def ipv4(src, dst, proto, payload, tos=0, ttl=64, df=False, ident=1):
    head = struct.pack("!BBHHHBBH4s4s", 0x45, tos, 20 + len(payload), ident,
                       0x4000 if df else 0, ttl, proto, 0, src, dst)
    return head[:10] + struct.pack("!H", checksum(head)) + head[12:] + payload


def ipv6(src, dst, proto, payload, tos=0, ttl=64, label=0):
    return struct.pack("!IHBB16s16s", 6 << 28 | tos << 20 | label, len(payload),
                       proto, ttl, src, dst) + payload


def ip_packet(src, dst, payload, csum=True, **fields):
    """UDP from port 1000 to 2000 in IP of the family of the addresses."""
    make = ipv4 if len(src) == 4 else ipv6
    return make(src, dst, 17, udp(src, dst, 1000, 2000, payload, csum), **fields)


def ethernet(dst, src, proto, payload, vlan=None):
    tag = b"" if vlan is None else struct.pack("!HH", ETH_P_8021Q, vlan)
    return dst + src + tag + struct.pack("!H", proto) + payload


def vxlan(vni, frame, flags=VXLAN_I, reserved=0):
    return struct.pack("!II", flags, vni << 8 | reserved) + frame


class Link:
    """A raw socket at a device of the present namespace. It does what a card does: fills
    in the checksum that the sender has left to it, and leaves one if asked to."""

    def __init__(self, device, mark=False):
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW,
                                  socket.htons(ETH_P_ALL))
        self.sock.setsockopt(SOL_PACKET, PACKET_VNET_HDR, 1)
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        if mark:
            self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVMARK, 1)

    def send(self, frame, mark=None, csum_start=None):
        """CSUM_START: where the UDP header is whose checksum is yet to be filled in."""
        if mark is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_MARK, struct.pack("I", mark))
        header = struct.pack(VNET_HDR, 0 if csum_start is None else NEEDS_CSUM, 0, 0, 0,
                             csum_start or 0, 0 if csum_start is None else 6)
        self.sock.send(header + frame)

    @staticmethod
    def _complete(data):
        """The frame as it is on a wire."""
        size = struct.calcsize(VNET_HDR)
        flags, _, _, _, start, offset = struct.unpack(VNET_HDR, data[:size])
        frame = data[size:]
        if not flags & NEEDS_CSUM:
            return frame
        total = checksum(frame[start:]) or 0xffff
        at = start + offset
        return frame[:at] + struct.pack("!H", total) + frame[at + 2:]

    def receive(self, quiet=0.3, most=5.0, want=None):
        """(frame, mark) of all that come in, until there are WANT of them, or
        it has been quiet for a while."""
        got = []
        end = time.monotonic() + most
        while time.monotonic() < end and (want is None or len(got) < want):
            if not select.select([self.sock], [], [], quiet if want is None else most)[0]:
                break
            data, extra, _, source = self.sock.recvmsg(65536, 256)
            if source[2] == socket.PACKET_OUTGOING:
                continue
            mark = None
            for level, kind, value in extra:
                if (level, kind) == (socket.SOL_SOCKET, socket.SO_MARK):
                    mark = struct.unpack("I", value)[0]
            got.append((self._complete(data), mark))
        return got

    def close(self):
        self.sock.close()


class Outer:
    """The headers around an inner frame."""

    def __init__(self, frame):
        self.proto = struct.unpack("!H", frame[12:14])[0]
        packet = frame[14:]
        self.good = True
        if self.proto == ETH_P_IP:
            self.tos, self.ttl = packet[1], packet[8]
            self.df = bool(packet[6] & 0x40)
            self.fragment = bool(struct.unpack("!H", packet[6:8])[0] & 0x3fff)
            self.label = 0
            self.next = packet[9]
            self.src, self.dst = packet[12:16], packet[16:20]
            self.good = checksum(packet[:20]) == 0
            length = struct.unpack("!H", packet[2:4])[0]
            packet = packet[20:length]
        elif self.proto == ETH_P_IPV6:
            word, length, self.next, self.ttl = struct.unpack("!IHBB", packet[:8])
            self.tos, self.label, self.df = word >> 20 & 0xff, word & 0xfffff, False
            self.fragment = self.next == 44
            self.src, self.dst = packet[8:24], packet[24:40]
            packet = packet[40:40 + length]
        else:
            self.next = None
            return
        if self.next != 17 or self.fragment:
            return
        self.sport, self.dport, length, self.csum = struct.unpack("!HHHH", packet[:8])
        self.udp_length = length == len(packet)
        if self.csum:
            self.good &= checksum(pseudo(self.src, self.dst, 17, len(packet)) + packet) == 0
        self.flags, self.vni = struct.unpack("!II", packet[8:16])
        self.inner = packet[16:]

    def summary(self):
        """What must be the same for every device that speaks VXLAN."""
        return {"outer": "IPv4" if self.proto == ETH_P_IP else "IPv6",
                "tos": f"{self.tos:#04x}", "ttl": self.ttl, "df": self.df,
                "flowlabel": self.label, "src": self.src.hex(), "dst": self.dst.hex(),
                "checksum": "sent" if self.csum else "zero",
                "checksums are right": self.good, "length is right": self.udp_length,
                "vxlan": f"{self.flags:08x} {self.vni:08x}", "inner": self.inner.hex()}


def difference(expected, seen):
    """The fields in which two summaries differ, for a diagnosis."""
    keys = [key for key in expected if expected[key] != seen.get(key)]
    return ({key: expected[key] for key in keys}, {key: seen.get(key) for key in keys})
