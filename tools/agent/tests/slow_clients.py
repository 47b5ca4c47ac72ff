#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Clients of the health server that never come to an end.

    slow_clients.py PORT NUMBER

So many at once: a third says nothing, a third sends half a request, a third a byte
now and then. Each that is turned out connects again. Makes a line of output when all
of them have connected once. Runs until it is killed.
"""
import select
import socket
import sys
import time


def connect(port, kind):
    sock = socket.socket()
    sock.setblocking(False)
    sock.connect_ex(("127.0.0.1", port))
    return sock, kind


def main():
    port, number = int(sys.argv[1]), int(sys.argv[2])
    clients = [connect(port, i % 3) for i in range(number)]
    told = False
    while True:
        poll = select.poll()
        for sock, _ in clients:
            poll.register(sock, select.POLLIN)
        gone = {fd for fd, _ in poll.poll(20)}
        for i, (sock, kind) in enumerate(clients):
            if sock.fileno() in gone:
                sock.close()
                clients[i] = connect(port, kind)
                continue
            try:
                if kind == 1:
                    sock.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n")
                    clients[i] = sock, 3
                elif kind == 2:
                    sock.send(b"G")
            except OSError:
                pass
        if not told:
            print("connected", flush=True)
            told = True
        time.sleep(0.02)


main()
