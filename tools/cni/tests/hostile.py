#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""Calls the CNI plug-in with random configurations: it answers each with a result or an
error of the specification, and never dies.

Usage: hostile.py PLUGIN FOLDER CALLS SEED"""
import json
import os
import random
import subprocess
import sys

KEYS = ("cniVersion", "name", "type", "subnetFile", "dataDir", "delegate", "ipam",
        "runtimeConfig", "prevResult", "cni.dev/valid-attachments", "DELEGATE")
INNER = ("type", "name", "ipam", "routes", "dst", "gw", "mtu", "isGateway", "ranges", "ips",
         "gateway", "containerID", "ifname", "dataDir", "code")
VALUES = (None, True, 0, -1, 1.5, 2 ** 62, "", "x", "../..", "a" * 5000, "\u20ac", "10.0.0.0/8",
          "::/0", "bridge", "eth0", "1.1.0", "0.4.0", [], {}, "/dev/null", "/proc/self/mem")
COMMANDS = ("ADD", "DEL", "CHECK", "STATUS", "GC", "VERSION")


def value(rng, depth):
    """Anything, of lists and objects as deep as that"""
    kind = rng.randrange(6) if depth else 0
    if kind == 4:
        return [value(rng, depth - 1) for _ in range(rng.randrange(4))]
    if kind == 5:
        return {rng.choice(INNER): value(rng, depth - 1) for _ in range(rng.randrange(5))}
    return rng.choice(VALUES)


def stays_in(folder, text):
    """Will the plug-in write nowhere else? A byte may have changed where it does."""
    try:
        conf = json.loads(text)
    except ValueError:
        return True
    return not isinstance(conf, dict) or str(conf.get("dataDir")).startswith((folder, "7", "/dev/null/"))


def netconf(rng, folder):
    """A good configuration with a few values replaced, and bytes of it, now and then"""
    conf = {"cniVersion": "1.1.0", "name": "net", "type": "flannel",
            "subnetFile": f"{folder}/subnet.env", "dataDir": f"{folder}/data",
            "cni.dev/valid-attachments": []}
    for _ in range(rng.randrange(4)):
        conf[rng.choice(KEYS)] = value(rng, 4)
    conf["dataDir"] = rng.choice((f"{folder}/data", f"{folder}/data", 7, "/dev/null/x"))
    if isinstance(conf.get("ipam"), dict):
        conf["ipam"]["dataDir"] = f"{folder}/networks"
    text = bytearray(json.dumps(conf).encode())
    while rng.randrange(8) == 0:
        text[rng.randrange(len(text))] = rng.randrange(256)
    return bytes(text) if stays_in(folder, text) else json.dumps(conf).encode()


def answer_is_good(call, run):
    """Is that an answer as the specification has it?"""
    if run.returncode not in (0, 1) or run.stderr:
        return False
    if run.returncode == 0 and call != "VERSION":
        return True
    try:
        answer = json.loads(run.stdout)
    except ValueError:
        return False
    return run.returncode == 0 or isinstance(answer.get("code"), int)


def main():
    """Prints the first call that went wrong"""
    plugin, folder, calls, seed = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
    rng = random.Random(seed)
    for number in range(calls):
        call = rng.choice(COMMANDS)
        text = netconf(rng, folder)
        env = dict(os.environ, CNI_COMMAND=call, CNI_CONTAINERID=f"c{rng.randrange(9)}",
                   CNI_IFNAME=f"eth{rng.randrange(2)}", CNI_NETNS="/none",
                   CNI_PATH=f"{folder}/bin")
        run = subprocess.run([plugin], input=text, env=env, capture_output=True, check=False)
        if not answer_is_good(call, run):
            print(f"call {number} of seed {seed}: {call} ends with {run.returncode}\n"
                  f"{text!r}\n{run.stdout!r}\n{run.stderr.decode(errors='replace')}")
            return 1
    return 0


sys.exit(main())
