#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Writes leases as strangers might into etcd, and knows what must come of them.

    fuzz_leases.py URL KIND CHANGES SEED    random changes; each ROUND of them, and once
                                            more when no subnet has two leases, compares
    fuzz_leases.py URL KIND one-mac         two nodes with one MAC, of which one goes
    fuzz_leases.py URL KIND none            removes all, then compares

The node is 198.51.100.1 and 2001:db8:100::1, its own subnets are 10.244.9.0/24 and
fd00:10:244:9::/64 of 10.244.0.0/16 and fd00:10:244::/48. KIND is host-gw, vxlan (the
kernel's device) or flannel (ours); a SEED writes the same changes each time. Each name
and each value comes with what it means, from flannel's own rules, so the model reads
neither. Ends with status 1 and the differences if the kernel does not hold, within a
minute, what the leases that are left say.
"""
import base64
import ipaddress
import json
import random
import subprocess
import sys
import time
import urllib.request

PREFIX = "/coreos.com/network/subnets/"
OWN_NAME = "10.244.9.0-24&fd00:10:244:9::-64"
OURS = {"198.51.100.1", "2001:db8:100::1"}
ON_LINK = [ipaddress.ip_network("198.51.100.0/24"), ipaddress.ip_network("2001:db8:100::/64")]
ROUND = 1000

# What can be leased; all else must never become a route.
GOOD4 = [f"10.244.{i}.0/24" for i in range(1, 9)]
GOOD6 = [f"fd00:10:244:{i}::/64" for i in range(1, 9)]
BAD4 = ["10.244.0.0/16", "10.244.1.128/25", "10.244.9.0/24", "0.0.0.0/1", "128.0.0.0/1",
        "198.51.100.0/24", "127.0.0.0/8", "224.0.0.0/4", "10.245.1.0/24", "10.244.1.0/31"]
BAD6 = ["fd00:10:244::/48", "2001:db8:100::/64", "ff00::/8", "fe80::/64", "fd00:10:244:1::/127"]


def key(subnet):
    return subnet.replace("/", "-")


# Text of a name, and its subnets of both families; None: no name of a lease
NAMES = [(key(s), (s, None)) for s in GOOD4 + BAD4 if s != "10.244.9.0/24"]
NAMES += [(f"{key(a)}&{key(b)}", (a, b)) for a, b in zip(GOOD4, GOOD6)]
NAMES += [(f"{key(a)}&{key(b)}", (a, b)) for a, b in zip(GOOD4, BAD6)]
NAMES += [(f"{key(a)}&{key(b)}", (a, b)) for a, b in zip(BAD4, GOOD6)]
NAMES += [(f"0.0.0.0-0&{key(b)}", (None, b)) for b in GOOD6 + BAD6]
NAMES += [("10.244.1.7-24", ("10.244.1.0/24", None))]
NAMES += [(text, None) for text in (
    "010.244.1.0-24", "10.244.1.0-24&", "&", "-", "", "10.244.1.0-32", "10.244.1.0-0",
    "10.244.1.0-24\0", "x" * 260, "10.244.1.0/24", "a\n<0>b", "0.0.0.0-0", "config", "../x",
    "10.244.1.0-24/y", "10.244.1.0--1", "10.244.1.0-99999999999999999999")]

ADDRESSES4 = [f"198.51.100.{i}" for i in range(2, 9)] * 2 + [
    "198.51.100.1", "0.0.0.0", "224.0.0.1", "127.0.0.1", "255.255.255.255", "203.0.113.7", "",
    None]
ADDRESSES6 = [f"2001:db8:100::{i}" for i in range(2, 9)] + [None] * 6 + [
    "2001:db8:100::1", "::", "ff02::1", "fe80::1", "::1", "::ffff:198.51.100.3", "fd01::1", ""]
MACS = [f"02:00:00:00:00:{i:02x}" for i in range(2, 9)]
BAD_MACS = ["ff:ff:ff:ff:ff:ff", "00:00:00:00:00:00", "01:00:5e:00:00:01", "zz", "", 7]
# A type of the other backends: a lease that is not for us
TYPES = ["host-gw", "vxlan", "", "udp", "x" * 300]

NOT_VALUES = ["", "{", "[]", "null", "1", '"x"', "[" * 5000, '{"PublicIP":[]}',
              '{"PublicIP":"198.51.100.2","BackendType":3}', '{"PublicIP":"nowhere"}', "\xff\xfe",
              '{"PublicIP":"2001:db8:100::2"}', '{"a":"' + "x" * 10000 + '"}']


def call(method, body):
    request = urllib.request.Request(f"{url}/v3/kv/{method}", data=json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def b64(text):
    return base64.b64encode(text.encode("latin-1")).decode()


def random_value():
    """Text of a value and its meaning: (public4, public6, type, mac4, mac6), or None."""
    if random.random() < 0.15:
        return random.choice(NOT_VALUES), None
    if random.random() < 0.03:
        return random.randbytes(random.randrange(60)).decode("latin-1"), None
    v4, v6 = random.choice(ADDRESSES4), random.choice(ADDRESSES6)
    kind = backend if random.random() < 0.8 else random.choice(TYPES)
    value = {"PublicIP": v4, "BackendType": kind}
    if v6 is not None or random.random() < 0.5:
        value["PublicIPv6"] = v6
    good = True
    macs = [None, None]
    for i, name in enumerate(("BackendData", "BackendV6Data")):
        if random.random() < (0.1, 0.6)[i]:
            continue
        data = {"VNI": 1}
        if random.random() < 0.05:
            data["VNI"] = random.choice([-1, 16777216, "1"])
            good = False
        if random.random() < 0.08:
            data["VtepMAC"] = random.choice(BAD_MACS)
            good = False
        else:
            # One MAC for each host, but for some that take another's
            host = (v4 or v6 or "2").replace(":", ".").split(".")[-1]
            number = int(host) if host in "2345678" and host else 2
            mac = MACS[number - 2] if random.random() < 0.9 else random.choice(MACS)
            data["VtepMAC"] = macs[i] = mac
        value[name] = data
    if v6 == "::ffff:198.51.100.3" or (kind == "vxlan" and not good):
        # Not an IPv6 address to every reader; and a malformed value counts as none
        return json.dumps(value), None
    return json.dumps(value), (v4 or None, v6 or None, kind, *macs)


def is_nobodys(address):
    special = ("0.0.0.0/8", "127.0.0.0/8", "224.0.0.0/4", "255.255.255.255/32", "::/96",
               "::ffff:0:0/96", "fe80::/10", "ff00::/8")
    a = ipaddress.ip_address(address)
    return any(a.version == n.version and a in n for n in map(ipaddress.ip_network, special))


def wanted(subnet, meaning):
    """What one lease makes of its subnet: (gateway) or (mac, remote); None: nothing."""
    if meaning is None or subnet not in GOOD4 + GOOD6:
        return None
    v4, v6, kind, mac4, mac6 = meaning
    v4 = None if v4 == "0.0.0.0" else v4
    v6 = None if v6 == "::" else v6
    if kind != backend or not (v4 or v6):
        return None
    if {v4, v6} & OURS or any(is_nobodys(a) for a in (v4, v6) if a):
        return None
    own_family = v4 if "." in subnet else v6
    if backend == "host-gw":
        remote = own_family
        if not remote or not any(ipaddress.ip_address(remote) in n for n in ON_LINK):
            return None
        return (remote,)
    remote = own_family or v4 or v6
    mac = mac4 if remote == v4 else mac6
    mac = mac or mac4 or mac6
    return (mac, remote) if mac else None


class Model:
    """What etcd holds by name, in the order in which it came."""

    def __init__(self):
        self.leases = {}

    def put(self, name, subnets, meaning):
        if subnets is None:
            return
        self.leases[name] = (subnets, meaning)

    def expected(self):
        """Each subnet: all that its leases say. Of several any may be followed."""
        choices = {}
        for subnets, meaning in self.leases.values():
            for subnet in filter(None, subnets):
                choices.setdefault(subnet, set()).add(wanted(subnet, meaning))
        return choices


def change(model):
    operations, names = [], set()
    for _ in range(random.randrange(1, 30)):
        name, subnets = random.choice(NAMES)
        if name in names:
            continue
        names.add(name)
        if random.random() < 0.65:
            text, meaning = random_value()
            operations.append({"requestPut": {"key": b64(PREFIX + name), "value": b64(text)}})
            model.put(name, subnets, meaning)
        else:
            operations.append({"requestDeleteRange": {"key": b64(PREFIX + name)}})
            model.leases.pop(name, None)
    call("txn", {"success": operations})
    return len(operations)


def thin_out(model):
    """Removes leases until no subnet has two: then the model leaves no choice."""
    taken, operations = set(), []
    for name, (subnets, _) in random.sample(sorted(model.leases.items(), key=str),
                                            len(model.leases)):
        own = {s for s in subnets if s}
        if own & taken:
            operations.append({"requestDeleteRange": {"key": b64(PREFIX + name)}})
            del model.leases[name]
        taken |= own
    call("txn", {"success": operations})


def remove_all(model):
    """But for the node's own lease, which stands between the two halves."""
    own = PREFIX + OWN_NAME
    call("deleterange", {"key": b64(PREFIX), "range_end": b64(own)})
    call("deleterange", {"key": b64(own + "\0"), "range_end": b64(PREFIX[:-1] + "0")})
    model.leases.clear()


def run(*command):
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout
                      or "[]")


def normal(subnet):
    return str(ipaddress.ip_network(subnet))


def seen_device():
    """Of our device: leases, and one route of each family for all of them."""
    found = {lease["subnet"]: (lease["mac"], lease.get("remote4") or lease.get("remote6"))
             for lease in run("flannelctl", "-j", "lease", "show", "dev", "flannel.1")}
    routes = {normal(r["dst"]) for family in ("-4", "-6")
              for r in run("ip", "-j", family, "route", "show", "proto", "70")}
    for subnet in routes ^ {"10.244.0.0/16", "fd00:10:244::/48"}:
        found[f"route {subnet}"] = ("too many",) if subnet in routes else ("missing",)
    return found


def seen():
    """What the kernel holds, as the model says it."""
    if device == "flannel":
        return seen_device()
    routes = {}
    for family in ("-4", "-6"):
        for route in run("ip", "-j", "-d", family, "route", "show", "proto", "70"):
            routes[normal(route["dst"])] = route.get("gateway")
    if backend == "host-gw":
        return {subnet: (via,) for subnet, via in routes.items()}
    macs, remotes = {}, {}
    for family in ("-4", "-6"):
        for dev in ("flannel.1", "flannel-v6.1"):
            for neigh in run("ip", "-j", family, "neigh", "show", "dev", dev, "nud",
                             "permanent"):
                macs[neigh["dst"]] = neigh["lladdr"]
    for dev in ("flannel.1", "flannel-v6.1"):
        for entry in run("bridge", "-j", "fdb", "show", "dev", dev):
            if "dst" in entry:
                remotes.setdefault(entry["mac"], set()).add(entry["dst"])
    found = {}
    for subnet, via in routes.items():
        mac = macs.pop(via, None)
        found[subnet] = (mac, remotes.get(mac))
    unused = set(remotes) - {mac for mac, _ in found.values() if mac}
    for address in macs:
        found[f"neighbour {address}"] = ("without a route",)
    for mac in unused:
        found[f"fdb {mac}"] = ("without a neighbour",)
    return found


def agrees(choices, there):
    """Of vxlan's FDB a MAC has one remote; a MAC of two nodes leads to one of them."""
    if device != "vxlan" or there is None:
        return there in choices
    mac, remotes = there
    return any(c and c[0] == mac and remotes and (c[1] in remotes or mac in shared)
               for c in choices)


def differences(model):
    global shared
    choices, found = model.expected(), seen()
    remotes = {}
    for said in choices.values():
        for c in filter(None, said):
            if len(c) == 2:
                remotes.setdefault(c[0], set()).add(c[1])
    shared = {mac for mac, all_of_it in remotes.items() if len(all_of_it) > 1}
    lines = []
    for subnet, said in choices.items():
        there = found.pop(normal(subnet), None)
        if not agrees(said, there):
            lines.append(f"{subnet}: leases say {said}, the kernel has {there}")
    lines += [f"{what}: no lease says so, the kernel has {there}" for what, there in found.items()]
    return lines


def settles(model):
    end = time.monotonic() + 60
    while True:
        lines = differences(model)
        if not lines or time.monotonic() > end:
            return lines
        time.sleep(0.2)


def compare(model):
    """As it is, and when the model leaves no choice."""
    wrong = settles(model)
    if not wrong:
        thin_out(model)
        wrong = settles(model)
    return wrong


def fuzz(model, count):
    """Returns how many changes were made, and what is wrong after the last of them."""
    changes, wrong = 0, []
    while changes < count and not wrong:
        stop = min(changes + ROUND, count)
        while changes < stop:
            changes += change(model)
            if random.random() < 0.02:
                remove_all(model)
            if random.random() < 0.01:
                time.sleep(0.3)
        wrong = compare(model)
    return changes, wrong


def put(model, subnet, host, mac):
    value = {"PublicIP": host, "BackendType": backend,
             "BackendData": {"VNI": 1, "VtepMAC": mac}}
    call("put", {"key": b64(PREFIX + key(subnet)), "value": b64(json.dumps(value))})
    model.put(key(subnet), (subnet, None), (host, None, backend, mac, None))


def remove(model, subnet):
    call("deleterange", {"key": b64(PREFIX + key(subnet))})
    del model.leases[key(subnet)]


def one_mac(model):
    """The node that is left, or that keeps the MAC, is reached as before."""
    first, second = GOOD4[:2]
    for leave in (lambda: remove(model, second), lambda: remove(model, first),
                  lambda: put(model, second, "198.51.100.3", MACS[3]),
                  lambda: put(model, first, "198.51.100.2", MACS[3])):
        remove_all(model)
        put(model, first, "198.51.100.2", MACS[0])
        wrong = settles(model)
        put(model, second, "198.51.100.3", MACS[0])
        wrong = wrong or settles(model)
        leave()
        wrong = wrong or settles(model)
        if wrong:
            return wrong
    return []


url, device, what = sys.argv[1:4]
backend = "host-gw" if device == "host-gw" else "vxlan"
shared = set()
leases = Model()
done = 0
remove_all(leases)
if what == "none":
    differing = settles(leases)
elif what == "one-mac":
    differing = one_mac(leases)
else:
    random.seed(int(sys.argv[4]))
    done, differing = fuzz(leases, int(what))
right = sum(1 for said in leases.expected().values() if None not in said)
print(f"{done} changes, {len(leases.leases)} leases left, {right} subnets that must be there")
print("\n".join(differing))
sys.exit(bool(differing))
