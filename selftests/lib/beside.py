# SPDX-License-Identifier: GPL-2.0
"""Planes of beside.sh: programs and sockets in their namespaces, and datagrams of the
overlay that are counted on both sides."""
import os
import select
import socket
import struct
import subprocess
import time

from frames import Outer, enter

SLOW = int(os.environ.get("FLANNEL_SLOW", "1"))
PORT = 8472
FAMILIES = (4, 6)
SENT = 5
N = {"dut": 1, "peer": 2}


def inner(family, end):
    """The overlay's address of that end."""
    return f"10.200.{family}.{N[end]}"


def under(family, end, extra=""):
    """The underlay's address of that end; EXTRA "1" gives the other one it has."""
    return (f"198.51.100.{extra}{N[end]}" if family == 4 else f"2001:db8:100::{extra}{N[end]}")


def wait_for(condition, seconds=10):
    """Until the condition is true; False if it never was."""
    end = time.monotonic() + seconds * SLOW
    while not condition():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True


def skip(name, why):
    print(f"skip\t{name}\t{why}", flush=True)


class Flow:
    """Datagrams of one purpose, both ways over each family, told apart by their length
    and the number in them."""

    def __init__(self, plane, port, size):
        self.size = size
        self.sock = {}
        self.got = {}
        for family in FAMILIES:
            for end in N:
                enter(f"{plane.kind}-{end}")
                sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
                sock.bind((inner(family, end), port))
                sock.setblocking(False)
                self.sock[family, end] = sock
                self.got[family, end] = []
        self.port = port

    def send(self, number):
        """One each way; a rule may refuse it to the sender."""
        payload = struct.pack("!I", number).ljust(self.size, b"x")
        for (family, end), sock in self.sock.items():
            other = "peer" if end == "dut" else "dut"
            try:
                sock.sendto(payload, (inner(family, other), self.port))
            except OSError:
                pass

    def receive(self):
        """Takes in what has come. True if there was something."""
        more = False
        for key, sock in self.sock.items():
            while True:
                try:
                    data = sock.recv(2048)
                except BlockingIOError:
                    break
                except OSError:
                    continue
                more = True
                good = len(data) == self.size and set(data[4:]) == {ord("x")}
                self.got[key].append(struct.unpack("!I", data[:4])[0] if good else "bad")
        return more

    def forget(self):
        self.receive()
        for key in self.got:
            self.got[key] = []

    def arrived(self, end):
        """Numbers that came to that end, by family."""
        return {family: self.got[family, end] for family in FAMILIES}

    def close(self):
        for sock in self.sock.values():
            sock.close()


class Plane:
    """A pair of nodes, of which the first has the device in question."""

    def __init__(self, kind):
        self.kind = kind
        self.flows = {}

    def run(self, end, *argv, text=None, check=True):
        """A program in the namespace of that end; what it prints."""
        enter(f"{self.kind}-{end}")
        done = subprocess.run(argv, input=text, text=True, capture_output=True, check=False)
        if check and done.returncode:
            raise RuntimeError(f"{self.kind}: {' '.join(argv)}: {done.stderr.strip()}\n{text or ''}")
        return done.stdout

    def start(self, end, *argv, **files):
        """A program in the background."""
        enter(f"{self.kind}-{end}")
        return subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, **files)

    def flush_conntrack(self):
        """All connections of the first node are new again."""
        enter(f"{self.kind}-dut")
        with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, 12) as sock:
            # IPCTNL_MSG_CT_DELETE without attributes, with NLM_F_REQUEST | NLM_F_ACK
            sock.send(struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, 5, 1, 0, 0, 0, 0))
            sock.recv(4096)

    def settle(self):
        """Until nothing comes any more."""
        quiet = 0
        while quiet < 3:
            quiet = 0 if any([flow.receive() for flow in self.flows.values()]) else quiet + 1
            time.sleep(0.01)

    def source_ports(self, candidates):
        """(outer source port of each way and family) of flows over these ports."""
        enter(f"{self.kind}-peer")
        wire = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        wire.bind(("eth0", 3))
        wire.setsockopt(socket.SOL_SOCKET, 33, 16 << 20)
        found = {}
        for port in candidates:
            flow = Flow(self, port, 20)
            flow.send(0)
            flow.close()
        while len(found) < 4 * len(candidates) and select.select([wire], [], [], 5 * SLOW)[0]:
            data, source = wire.recvfrom(2048)
            outer = Outer(data)
            # A sent packet is seen twice at the sender, and once at the receiver.
            if outer.next == 17 and not outer.fragment and outer.dport == PORT and \
               outer.inner[12:14] == b"\x08\0":
                port = struct.unpack("!H", outer.inner[34:36])[0]
                key = outer.proto, source[2] == socket.PACKET_OUTGOING, port
                found[key] = outer.sport
        wire.close()
        return found

    def add_flows(self, names, ports):
        for n, (name, port) in enumerate(zip(names, ports)):
            self.flows[name] = Flow(self, port, 100 + 4 * n)

    def burst(self, count=SENT):
        for flow in self.flows.values():
            flow.forget()
        for number in range(count):
            for flow in self.flows.values():
                flow.send(number)


def run_all(planes, *argv, text=None):
    """A program in the first node of each plane, all at once; what it prints, by kind."""
    running = {plane.kind: plane.start("dut", *argv, stdin=subprocess.PIPE,
                                       stderr=subprocess.STDOUT) for plane in planes}
    printed = {}
    for process in running.values():
        process.stdin.write(text or "")
        process.stdin.close()
    for kind, process in running.items():
        printed[kind] = process.stdout.read()
        if process.wait():
            raise RuntimeError(f"{kind}: {' '.join(argv)}: {printed[kind]}\n{text or ''}")
    return printed


def pick_ports(planes, count):
    """Inner ports whose outer ports differ on each plane, so that connection tracking
    never takes two flows for one."""
    candidates = list(range(20000, 20000 + count + 8))
    found = [plane.source_ports(candidates) for plane in planes]
    used, ports = set(), []
    for port in candidates:
        keys = {(n, proto, out, sport) for n, by in enumerate(found)
                for (proto, out, p), sport in by.items() if p == port}
        if len(keys) == 4 * len(planes) and not keys & used:
            used |= keys
            ports.append(port)
    if len(ports) < count:
        raise RuntimeError(f"only {len(ports)} of {len(candidates)} flows came through")
    return ports[:count]
