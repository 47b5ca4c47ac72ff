#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""What flanneld 0.20 does at its start with the vxlan backend, in its order; then it sits
and waits for its end. It follows nobody: a stand-in where no flanneld is to be had.

    flanneld.py --etcd-endpoints=URL --etcd-prefix=KEY --iface=NAME --subnet-file=FILE ...
"""
import base64
import json
import os
import random
import signal
import subprocess
import sys
import urllib.request

flags = dict(word.lstrip("-").split("=", 1) for word in sys.argv[1:])
url, prefix, iface = flags["etcd-endpoints"], flags["etcd-prefix"], flags["iface"]


def etcd(method, **body):
    request = urllib.request.Request(f"{url}/v3/{method}", data=json.dumps(body).encode())
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.load(answer)


def b64(text):
    return base64.b64encode(text.encode()).decode()


def pairs(begin, end):
    """Keys and values from @begin up to @end."""
    for kv in etcd("kv/range", key=b64(begin), range_end=b64(end)).get("kvs", []):
        yield base64.b64decode(kv["key"]).decode(), base64.b64decode(kv["value"]).decode()


def run(*command):
    subprocess.run(command, check=True)


def show(*command):
    done = subprocess.run(("ip", "-j", "-d") + command, capture_output=True, text=True)
    return json.loads(done.stdout or "[]")


def ensure_device(vni, local):
    """One that does the same is used, another one replaced. Returns its MAC."""
    name = f"flannel.{vni}"
    want = {"id": vni, "link": iface, "local": local, "port": 8472}
    for link in show("link", "show", "dev", name):
        info = link.get("linkinfo", {})
        data = info.get("info_data", {})
        if info.get("info_kind") == "vxlan" and all(data.get(k) == v for k, v in want.items()):
            return name, link["address"]
        print(f"{name} is another one, replaced: {info}", flush=True)
        run("ip", "link", "del", name)
    mac = "02:" + ":".join(f"{random.randrange(256):02x}" for _ in range(5))
    run("ip", "link", "add", name, "address", mac, "type", "vxlan", "id", str(vni), "dev", iface,
        "local", local, "dstport", "8472", "nolearning")
    return name, mac


def ensure_address(name, address):
    there = [a["local"] for link in show("-4", "address", "show", "dev", name)
             for a in link.get("addr_info", [])]
    for other in there:
        if other != address:
            run("ip", "address", "del", f"{other}/32", "dev", name)
    if address not in there:
        run("ip", "address", "add", f"{address}/32", "dev", name)
    run("ip", "link", "set", name, "up")


def own_subnet(leases, local):
    """Of the lease with our address; else the one of the last run."""
    for key, value in leases.items():
        if value["PublicIP"] == local:
            return key
    with open(flags["subnet-file"], encoding="ascii") as file:
        wish = dict(line.strip().split("=", 1) for line in file if "=" in line)["FLANNEL_SUBNET"]
    return wish.replace(".1/", ".0-")


def write_subnet_file(network, own, mtu):
    with open(flags["subnet-file"] + ".new", "w", encoding="ascii") as file:
        file.write(f"FLANNEL_NETWORK={network}\nFLANNEL_SUBNET={own.replace('.0-', '.1/')}\n"
                   f"FLANNEL_MTU={mtu}\nFLANNEL_IPMASQ=false\n")
    os.rename(flags["subnet-file"] + ".new", flags["subnet-file"])


def add_peer(name, key, value):
    subnet, length = key.split("-")
    mac = value["BackendData"]["VtepMAC"]
    run("ip", "neigh", "replace", subnet, "lladdr", mac, "dev", name, "nud", "permanent")
    run("bridge", "fdb", "replace", mac, "dev", name, "dst", value["PublicIP"], "self", "permanent")
    run("ip", "route", "replace", f"{subnet}/{length}", "via", subnet, "dev", name, "onlink")


def main():
    link = show("-4", "address", "show", "dev", iface)[0]
    local = link["addr_info"][0]["local"]
    config = json.loads(next(pairs(f"{prefix}/config", f"{prefix}/config\0"))[1])
    vni = config["Backend"].get("VNI", 1)
    name, mac = ensure_device(vni, local)
    leases = {key.rsplit("/", 1)[1]: json.loads(value)
              for key, value in pairs(f"{prefix}/subnets/", f"{prefix}/subnets0")}
    own = own_subnet(leases, local)
    value = {"PublicIP": local, "PublicIPv6": None, "BackendType": "vxlan",
             "BackendData": {"VNI": vni, "VtepMAC": mac}}
    lease = etcd("lease/grant", TTL=86400)["ID"]
    etcd("kv/put", key=b64(f"{prefix}/subnets/{own}"), value=b64(json.dumps(value)), lease=lease)
    ensure_address(name, own.split("-")[0])
    write_subnet_file(config["Network"], own, link["mtu"] - 50)
    for key, value in leases.items():
        if key != own and value.get("BackendType") == "vxlan":
            add_peer(name, key, value)
    print("running", flush=True)
    signal.sigwait({signal.SIGTERM, signal.SIGINT})


signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM, signal.SIGINT})
main()
