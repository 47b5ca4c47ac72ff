#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""A service manager that does not listen at first.

    deaf.py SOCKET FLAG

Binds the datagram socket, fills it, and makes SOCKET.full; prints what comes to it
from when the file FLAG is there.
"""
import os
import socket
import sys
import time

inbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
inbox.bind(sys.argv[1])
outbox = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
outbox.setblocking(False)
try:
    while True:
        outbox.sendto(b"FULL=1", sys.argv[1])
except BlockingIOError:
    pass
open(sys.argv[1] + ".full", "w", encoding="ascii").close()
while not os.path.exists(sys.argv[2]):
    time.sleep(0.05)
while True:
    print(inbox.recv(4096).decode(), flush=True)
