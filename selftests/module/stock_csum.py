#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Outer packets of each checksum state, on the planes of stock_csum.sh: what comes of
each of them, right and wrong ones, is the same as with the kernel's vxlan device.

    stock_csum.py"""
import ctypes
import fcntl
import itertools
import os
import socket
import struct
import time

from beside import Plane, run_all, wait_for
from frames import (ETH_P_ALL, ETH_P_IP, ETH_P_IPV6, addr, checksum, enter, ethernet, ipv4, ipv6,
                    mac, pseudo, report, vxlan)

CLONE_NEWNS, MS_REC, MS_PRIVATE, MNT_DETACH = 0x20000, 0x4000, 1 << 18, 2
TUNSETIFF, IFF_TAP, IFF_NAPI, IFF_NO_PI, IFF_VNET_HDR = 0x400454ca, 2, 0x10, 0x1000, 0x4000
PACKET_VNET_HDR, SO_RCVBUFFORCE, NEEDS_CSUM = 15, 33, 1
SYS_BPF, BPF_PROG_LOAD, BPF_OBJ_PIN, SCHED_CLS, BPF_FUNC_CSUM_LEVEL = 321, 5, 6, 3, 135
UDP, TCP, PORT = 17, 6, 8472
CARDS = "tap0", "tap1", "under"
LEVELS = [f"UNNECESSARY {level}" for level in range(4)]
STATES = ["NONE", *LEVELS, "COMPLETE", "PARTIAL outer", "PARTIAL inner"]
LOCAL, BRIDGE, GRO = "a local socket", "a bridge", "GRO"
# What happens next, by where the pod gets it
NEXT = {LOCAL: None, "a device without checksums": "eth201", "fragments": "eth202",
        "a device with checksums": "eth203", BRIDGE: "eth204", GRO: "eth201"}
SPORT, INNER_SPORT, INNER_PORT = 50000, 10000, 2000
SEGMENTS, SEGMENT = 4, 600
PIN = "/sys/fs/bpf/flannel_csum"

libc = ctypes.CDLL(None, use_errno=True)


def call(name, *arguments):
    """A function of libc that must succeed; what it returns."""
    result = getattr(libc, name)(*arguments)
    if result < 0:
        code = ctypes.get_errno()
        raise OSError(code, f"{name}: {os.strerror(code)}")
    return result


def bpf(command, attributes):
    buffer = ctypes.create_string_buffer(attributes.ljust(128, b"\0"), 128)
    return call("syscall", SYS_BPF, command, buffer, 128)


def instruction(code, dst=0, src=0, off=0, imm=0):
    return struct.pack("=BBhi", code, src << 4 | dst, off, imm)


def load_program():
    """Pins a program of tc: it raises the checksum level as often as the outer source
    port says. Its file is seen by our children alone."""
    def once(rest):
        """If r7 is not 0: raises the level and counts r7 down; else leaps over the rest."""
        return [instruction(0x15, 7, off=4 + 5 * rest, imm=0),
                instruction(0xbf, 1, 6), instruction(0xb7, 2, imm=1),
                instruction(0x85, imm=BPF_FUNC_CSUM_LEVEL), instruction(0x07, 7, imm=-1)]

    program = [instruction(0xbf, 6, 1),                             # r6 = the packet
               instruction(0x28, imm=12),                           # r0 = its type
               instruction(0x15, 0, off=3, imm=ETH_P_IP),
               instruction(0x55, 0, off=6 + 4 * 5, imm=ETH_P_IPV6),
               instruction(0x28, imm=54), instruction(0x05, off=1),
               instruction(0x28, imm=34),                           # r0 = source port
               instruction(0xbf, 7, 0), instruction(0x07, 7, imm=-SPORT),
               instruction(0x25, 7, off=4 * 5, imm=4),
               *once(3), *once(2), *once(1), *once(0),
               instruction(0xb7, 0, imm=0), instruction(0x95)]      # return 0: go on
    code = ctypes.create_string_buffer(b"".join(program))
    words = ctypes.create_string_buffer(b"GPL")
    log = ctypes.create_string_buffer(1 << 16)
    try:
        fd = bpf(BPF_PROG_LOAD, struct.pack("=IIQQIIQ", SCHED_CLS, len(program),
                                            ctypes.addressof(code), ctypes.addressof(words),
                                            1, len(log), ctypes.addressof(log)))
    except OSError as error:
        raise RuntimeError(f"the BPF program is refused: {log.value.decode()}") from error
    path = ctypes.create_string_buffer(PIN.encode())
    bpf(BPF_OBJ_PIN, struct.pack("=QI", ctypes.addressof(path), fd))
    os.close(fd)


def private_mounts():
    call("unshare", CLONE_NEWNS)
    call("mount", b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call("mount", b"bpf", b"/sys/fs/bpf", b"bpf", 0, None)


def hold_for_gro(kind):
    """Cards that keep for a while what may be joined."""
    enter(f"{kind}-dut")
    call("mount", b"sysfs", b"/mnt", b"sysfs", 0, None)
    for card in ("tap1", "under"):
        with open(f"/mnt/class/net/{card}/gro_flush_timeout", "w", encoding="ascii") as file:
            file.write("50000000")
    call("umount2", b"/mnt", MNT_DETACH)


class Cell:
    """Packets of one kind, and what is wanted of them."""

    def __init__(self, number, family, state, path, outer, inner):
        self.number, self.family, self.state, self.path = number, family, state, path
        self.outer, self.inner = outer, inner
        self.name = f"{state}, outer checksum {outer}, inner {inner}"
        if state == "COMPLETE":
            self.card = "under"
        else:
            self.card = "tap1" if path == GRO else "tap0"
        self.sport = SPORT + (LEVELS.index(state) + 1 if state in LEVELS else 0)
        self.frames = [self.frame(n) for n in range(SEGMENTS if path == GRO else 1)]

    def payload(self, n):
        size = {"fragments": 1300, GRO: SEGMENT}.get(self.path, 200)
        return bytes((self.number + n + i) & 0xff for i in range(size))

    def addresses(self):
        if self.path in (LOCAL, BRIDGE):
            return f"10.200.{self.family}.9", f"10.200.{self.family}.1"
        return f"10.200.{self.family}.9", f"10.{NEXT[self.path][3:]}.0.2"

    def inner_packet(self, n):
        """The packet, what would be in it if its checksum were left to a device, and
        where that is."""
        src, dst = map(addr, self.addresses())
        sport = INNER_SPORT + self.number
        if self.path == GRO:
            at, proto = 16, TCP
            packet = struct.pack("!HHIIBBHHH", sport, INNER_PORT, 1 + n * SEGMENT, 1, 0x50, 0x10,
                                 1000, 0, 0) + self.payload(n)
        else:
            at, proto = 6, UDP
            packet = struct.pack("!HHHH", sport, INNER_PORT, 8 + len(self.payload(n)), 0) + \
                self.payload(n)
        start = pseudo(src, dst, proto, len(packet))
        right = checksum(start + packet) or 0xffff
        value = right if self.inner == "right" else right ^ 0x1111 or 0x1111
        packet = packet[:at] + struct.pack("!H", value) + packet[at + 2:]
        return (ipv4(src, dst, proto, packet, df=self.path == GRO, ident=self.number + n),
                struct.pack("!H", ~checksum(start) & 0xffff), at)

    def frame(self, n):
        """What is written to the card, with the header of virtio."""
        card = CARDS.index(self.card)
        net = f"198.51.10{card}." if self.family == 4 else f"2001:db8:10{card}::"
        src, dst = addr(net + "2"), addr(net + "1")
        vni = self.family + (10 if self.path == BRIDGE else 0)
        dmac = "02:00:00:00:02:04" if self.path == BRIDGE else f"02:f1:a0:00:00:0{self.family}"
        inner, partial, at = self.inner_packet(n)
        wrapped = vxlan(vni, ethernet(mac(dmac), mac("02:f1:a0:00:01:00"), ETH_P_IP, inner))
        packet = struct.pack("!HHHH", self.sport, PORT, 8 + len(wrapped), 0) + wrapped
        start = pseudo(src, dst, UDP, len(packet))
        right = checksum(start + packet) or 0xffff
        value = {"right": right, "zero": 0, "wrong": right ^ 0x1111 or 0x1111}[self.outer]
        head = 14 + (20 if self.family == 4 else 40)
        vnet = bytes(10)
        if self.state == "PARTIAL outer":
            value = ~checksum(start) & 0xffff
            vnet = struct.pack("=BBHHHH", NEEDS_CSUM, 0, 0, 0, head, 6)
        packet = packet[:6] + struct.pack("!H", value) + packet[8:]
        if self.state == "PARTIAL inner":
            where = len(packet) - len(inner) + 20
            packet = packet[:where + at] + partial + packet[where + at + 2:]
            vnet = struct.pack("=BBHHHH", NEEDS_CSUM, 0, 0, 0, head + where, at)
        if self.family == 4:
            packet = ipv4(src, dst, UDP, packet, ident=self.number + n)
        else:
            packet = ipv6(src, dst, UDP, packet)
        frame = ethernet(mac(f"02:00:00:00:01:0{card}"), mac("02:00:00:00:09:09"),
                         ETH_P_IP if self.family == 4 else ETH_P_IPV6, packet)
        return vnet + (self.tunnelled(frame, n) if self.card == "under" else frame)

    def tunnelled(self, frame, n):
        """Within the tunnel that makes COMPLETE of it."""
        src, dst = addr("198.51.100.2"), addr("198.51.100.1")
        wrapped = vxlan(99, frame)
        packet = struct.pack("!HHHH", SPORT, 4789, 8 + len(wrapped), 0) + wrapped
        total = checksum(pseudo(src, dst, UDP, len(packet)) + packet) or 0xffff
        packet = packet[:6] + struct.pack("!H", total) + packet[8:]
        return ethernet(mac("02:00:00:00:01:00"), mac("02:00:00:00:09:09"), ETH_P_IP,
                        ipv4(src, dst, UDP, packet, ident=self.number + n))

    def is_right(self):
        return self.inner == "right" and self.outer != "wrong"


def outer_kinds(state):
    """A card that says that a wrong checksum is right is not to be believed, but the
    kernel does, and complains later."""
    if state in ("NONE", "COMPLETE", "PARTIAL inner"):
        return "right", "zero", "wrong"
    return ("right",) if state == "PARTIAL outer" else ("right", "zero")


def inner_kinds(state, path):
    """What GRO joins gets new checksums, whatever it had."""
    return ("right",) if state == "PARTIAL inner" or path == GRO else ("right", "wrong")


def make_cells():
    cells = []
    for family, path, state in itertools.product((4, 6), NEXT, STATES):
        for outer, inner in itertools.product(outer_kinds(state), inner_kinds(state, path)):
            cells.append(Cell(len(cells), family, state, path, outer, inner))
    return cells


class Local:
    """Where datagrams for the node itself come out."""

    def __init__(self, kind, family):
        enter(f"{kind}-dut")
        self.sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.sock.bind((f"10.200.{family}.1", INNER_PORT))
        self.sock.setblocking(False)

    def receive(self, note):
        more = False
        while True:
            try:
                data, source = self.sock.recvfrom(2048)
            except BlockingIOError:
                return more
            more = True
            note(source[1] - INNER_SPORT, LOCAL, data, True)


class Raw:
    """Where frames for the pod come out. What a device with checksums would do is done
    here: where one is still to be computed, from where and to where the kernel says."""

    def __init__(self, kind, device):
        enter(f"{kind}-pod")
        self.sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
        self.sock.setsockopt(263, PACKET_VNET_HDR, 1)
        self.sock.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 8 << 20)
        self.sock.bind((device, ETH_P_ALL))
        self.sock.setblocking(False)
        self.device = device
        self.parts = {}

    def receive(self, note):
        more = False
        while True:
            try:
                data = self.sock.recv(1 << 16)
            except BlockingIOError:
                return more
            more = True
            if data[22:24] == struct.pack("!H", ETH_P_IP):
                self.take(data, note)

    def take(self, data, note):
        flags, gso, _, _, start, offset = struct.unpack("=BBHHHH", data[:10])
        frame = bytearray(data[10:])
        if flags & NEEDS_CSUM:
            struct.pack_into("!H", frame, start + offset, checksum(bytes(frame[start:])) or 0xffff)
        packet = bytes(frame[14:])
        length, ident, fragment = struct.unpack("!HHH", packet[2:8])
        packet, body = packet[:20], packet[20:length]
        good = not gso and not checksum(packet)
        if fragment & 0x3fff:
            if flags & NEEDS_CSUM:
                note(ident, self.device, body, False)
                return
            parts = self.parts.setdefault(ident, {})
            parts[(fragment & 0x1fff) * 8] = body, fragment & 0x2000
            body = self.joined(parts)
            if body is None:
                return
            del self.parts[ident]
        good &= not checksum(pseudo(packet[12:16], packet[16:20], packet[9], len(body)) + body)
        number = struct.unpack("!H", body[:2])[0] - INNER_SPORT
        note(number, self.device, body[20 if packet[9] == TCP else 8:], good)

    @staticmethod
    def joined(parts):
        """The fragments in a row; None while one of them is missing."""
        whole = b""
        for offset, (data, more) in sorted(parts.items()):
            if offset != len(whole):
                return None
            whole += data
        return None if more else whole

    def forget(self):
        self.parts.clear()


class Dut(Plane):
    """A plane with its cards and with all places where something may come out."""

    def __init__(self, kind, cells):
        super().__init__(kind)
        self.cells = [cell for cell in cells if kind != "l3" or cell.path != BRIDGE]
        self.devices = ["ov4", "ov6"] + ([] if kind == "l3" else ["bp4", "bp6"])
        self.seen = {}
        enter(f"{kind}-dut")
        self.card = {}
        for name, flags in (("tap0", 0), ("tap1", IFF_NAPI)):
            self.card[name] = os.open("/dev/net/tun", os.O_RDWR)
            fcntl.ioctl(self.card[name], TUNSETIFF, struct.pack(
                "16sH22x", name.encode(), IFF_TAP | IFF_NO_PI | IFF_VNET_HDR | flags))
        self.card["under"] = self.card["tap0"]
        self.sinks = [Local(kind, family) for family in (4, 6)]
        self.sinks += [Raw(kind, device) for device in sorted(set(NEXT.values()) - {None})]
        hold_for_gro(kind)
        self.run("dut", "tc", "-batch", "-", text="".join(
            f"qdisc add dev {name} clsact\n"
            f"filter add dev {name} ingress bpf direct-action object-pinned {PIN}\n"
            for name in ("tap0", "tap1")))

    def note(self, number, where, payload, good):
        self.seen.setdefault(number, []).append((where, payload, good))

    def receive(self):
        return any([sink.receive(self.note) for sink in self.sinks])

    def send(self, cells):
        """Each of these packets, once."""
        for n, cell in enumerate(cells):
            for frame in cell.frames:
                os.write(self.card[cell.card], frame)
            if n % 32 == 31:
                self.receive()

    def quiet(self):
        """Until nothing comes any more, not even what GRO holds."""
        calm = 0
        while calm < 3:
            time.sleep(0.05)
            calm = 0 if self.receive() else calm + 1

    def forget(self):
        self.quiet()
        for sink in self.sinks[2:]:
            sink.forget()
        self.seen.clear()

    def outcome(self, cell):
        """In words, what has become of a cell's packets."""
        seen = self.seen.get(cell.number, [])
        if not seen:
            return "nothing"
        want = sorted(cell.payload(n) for n in range(len(cell.frames)))
        good = "right" if all(ok for _, _, ok in seen) else "wrong"
        whole = "whole" if sorted(data for _, data, _ in seen) == want else "not whole"
        return f"{whole}, checksums {good}, at {', '.join(sorted({where for where, _, _ in seen}))}"

    def outcomes(self):
        while self.receive():
            pass
        return {cell.number: self.outcome(cell) for cell in self.cells}

    def set_fastpath(self, word):
        self.run("dut", "ip", "-batch", "-", text="".join(
            f"link set {device} type flannel fastpath {word}\n" for device in self.devices))

    def taken(self, device):
        """How many packets the fast path of a device has taken."""
        lines = self.run("dut", "ethtool", "-S", device).split()
        return int(lines[lines.index("rx_fast:") + 1])

    def warm(self):
        """Until the fast path knows each peer. Returns False if it does not learn."""
        cells = [cell for cell in self.cells if cell.path == LOCAL and cell.outer == "zero" and
                 cell.inner == "right" and cell.state in ("COMPLETE", LEVELS[0])]

        def takes_all():
            before = [self.taken(device) for device in ("ov4", "ov6")]
            self.send(cells)
            return [self.taken(device) for device in ("ov4", "ov6")] == [n + 2 for n in before]

        return wait_for(takes_all)


def wanted(cell):
    return f"whole, checksums right, at {NEXT[cell.path] or LOCAL}"


def check_stock(plane, title):
    """What the kernel's vxlan device does is the measure. Returns it."""
    plane.forget()
    plane.send(plane.cells)
    good = {cell.number: wanted(cell) for cell in plane.cells if cell.is_right()}
    wait_for(lambda: plane.outcomes().items() >= good.items(), 3)
    plane.quiet()
    seen = plane.outcomes()
    for family, path in itertools.product((4, 6), NEXT):
        wrong = {cell.name: seen[cell.number] for cell in plane.cells
                 if (cell.family, cell.path) == (family, path) and cell.is_right() and
                 seen[cell.number] != good[cell.number]}
        report(not wrong, f"{title}: vxlan itself, IPv{family}, {path}: delivers what is right",
               "all of it, with right checksums", wrong)
    dropped = sum(outcome == "nothing" for outcome in seen.values())
    report(dropped > 0, f"{title}: vxlan itself: drops what is wrong", "some", dropped)
    return seen


def check_ours(planes, expected, title):
    for plane in planes:
        plane.forget()
        plane.send(plane.cells)

    def same(plane):
        return all(expected[number] == outcome for number, outcome in plane.outcomes().items())

    wait_for(lambda: all([same(plane) for plane in planes]), 3)
    for plane in planes:
        plane.quiet()
    for plane, family, path in itertools.product(planes, (4, 6), NEXT):
        cells = [cell for cell in plane.cells if (cell.family, cell.path) == (family, path)]
        seen = {cell: plane.outcome(cell) for cell in cells}
        wrong = [cell for cell in cells if seen[cell] != expected[cell.number]]
        if cells:
            report(not wrong, f"{title}, {plane.kind}, IPv{family}, {path}: as with vxlan",
                   {cell.name: expected[cell.number] for cell in wrong},
                   {cell.name: seen[cell] for cell in wrong})


def joined_by_gro(plane):
    """Does GRO join segments? Looked at where they leave vxlan."""
    enter(f"{plane.kind}-dut")
    sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(ETH_P_ALL))
    sock.bind(("ov4", ETH_P_ALL))
    sock.setblocking(False)
    sizes = []

    def any_is_large():
        plane.send([cell for cell in plane.cells if (cell.family, cell.path) == (4, GRO)])
        while True:
            try:
                sizes.append(len(sock.recv(1 << 16)))
            except BlockingIOError:
                return max(sizes, default=0) > 2 * SEGMENT

    report(wait_for(any_is_large), f"{plane.kind}: GRO joins segments", "larger packets", sizes)
    sock.close()


def main():
    private_mounts()
    load_program()
    cells = make_cells()
    stock, *ours = planes = [Dut(kind, cells) for kind in ("vxlan", "ethernet", "l3")]
    joined_by_gro(stock)
    for hooks in (False, True):
        title = "connections tracked" if hooks else "no hook"
        if hooks:
            run_all(planes, "nft", "-f", "-", text=(
                "table inet t { chain c { type filter hook prerouting priority 0; "
                "ct state new,established counter accept; }; }\n"))
        expected = check_stock(stock, title)
        for word in ("off", "auto", "on"):
            fast = word == "on" or (word == "auto" and not hooks)
            for plane in ours:
                plane.set_fastpath(word)
                if fast:
                    report(plane.warm(), f"{title}, {plane.kind}: fastpath {word} takes packets")
            check_ours(ours, expected, f"{title}, fastpath {word}")


if __name__ == "__main__":
    main()
