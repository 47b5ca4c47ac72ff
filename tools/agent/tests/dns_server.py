#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A name server for tests, on UDP port 53 of the addresses it is given.

    dns_server.py FILE ADDRESS...

FILE is read anew for each question. Each of its lines is one of
    dead            swallow every question
    nxdomain        there is no such name
    slow MS         wait so long before an answer
    A ADDRESS       an answer, in this order
    AAAA ADDRESS
"""
import selectors
import socket
import struct
import sys
import threading
import time

TYPES = {1: "A", 28: "AAAA"}


def settings(path):
    with open(path, encoding="ascii") as file:
        return [line.split() for line in file if line.strip()]


def question(packet):
    """The bytes of the question, and its type."""
    end = 12
    while packet[end]:
        end += packet[end] + 1
    return packet[12:end + 5], struct.unpack("!H", packet[end + 1:end + 3])[0]


def answer(packet, lines):
    asked, number = question(packet)
    family = socket.AF_INET6 if number == 28 else socket.AF_INET
    records = [socket.inet_pton(family, words[1]) for words in lines
               if words[0] == TYPES.get(number)]
    code = 3 if ["nxdomain"] in lines else 0
    out = packet[:2] + struct.pack("!HHHHH", 0x8180 | code, 1, len(records), 0, 0)
    out += asked
    for record in records:
        # The name by a pointer, class IN, for a second
        out += struct.pack("!HHHIH", 0xc00c, number, 1, 1, len(record)) + record
    return out


def main():
    selector = selectors.DefaultSelector()
    for address in sys.argv[2:]:
        sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        sock.bind((address, 53))
        selector.register(sock, selectors.EVENT_READ)
    print("listening", flush=True)
    while True:
        for key, _ in selector.select():
            # A question that waits must not hold up the next one.
            packet, client = key.fileobj.recvfrom(512)
            threading.Thread(target=reply, daemon=True,
                             args=(key.fileobj, packet, client)).start()


def reply(sock, packet, client):
    lines = settings(sys.argv[1])
    if ["dead"] in lines:
        return
    for words in lines:
        if words[0] == "slow":
            time.sleep(int(words[1]) / 1000)
    sock.sendto(answer(packet, lines), client)


main()
