# SPDX-License-Identifier: GPL-2.0
"""runt.py DEVICE COUNT: send frames that say they are IPv4, and end before the
header of it does."""
import socket
import sys

ETH_P_IP = 0x800

sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
sock.bind((sys.argv[1], 0))
for _ in range(int(sys.argv[2])):
    sock.send(bytes(12) + ETH_P_IP.to_bytes(2, "big") + b"\x45\0\0\x14")
