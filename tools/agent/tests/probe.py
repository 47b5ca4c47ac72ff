#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0
"""Asks the agent for /healthz while a fault lasts: is its event loop alive?

    probe.py PORT SECONDS

Each 50 ms it asks the agent, and a server of its own that does nothing else: what
that one is late by is the machine's doing. Prints the agent's worst and the rest;
ends with status 1 if more than one answer in twenty took longer than 250 ms beyond
the other's worst, or one longer than 2 s beyond it, or if none came at all.
"""
import http.client
import http.server
import sys
import threading
import time

BOUND = 0.250
STALL = 2.0


class Quiet(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()

    def log_message(self, *args):
        pass


def ask(port, patience):
    """How long an answer took, in seconds; none counts as the patience at least."""
    begin = time.monotonic()
    try:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=patience)
        connection.request("GET", "/healthz")
        good = connection.getresponse().status == 200
        connection.close()
    except OSError:
        good = False
    took = time.monotonic() - begin
    return took if good else max(took, patience)


def main():
    port, seconds = int(sys.argv[1]), float(sys.argv[2])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    mine, theirs = [], []
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        theirs.append(ask(port, 60))
        mine.append(ask(server.server_address[1], 60))
        time.sleep(0.05)
    slack = max(mine)
    late = sum(took > BOUND + slack for took in theirs)
    print(f"{len(theirs)} probes, worst {max(theirs) * 1000:.0f} ms, "
          f"the machine's own worst {slack * 1000:.0f} ms, {late} late")
    sys.exit(late * 20 > len(theirs) or max(theirs) > STALL + slack)


main()
