#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0
"""An API server for tests: Nodes in memory, LIST by pages, WATCH, PATCH, and faults on demand.

/api/... is the API. /test/... is for the test: it makes and changes Nodes, and orders
faults. What was asked for is logged, a line per request, with what was answered.
"""
import argparse
import http.server
import json
import re
import socket
import ssl
import sys
import threading
import time
import urllib.parse

PREFIX = "flannel.alpha.coreos.com/"


class State:
    def __init__(self):
        self.lock = threading.Condition()
        self.version = 100
        self.oldest = 0             # watches from before are told 410
        self.nodes = {}
        self.events = []            # (version, type, node as text)
        self.faults = []            # one for each request: see fault()
        self.cut = 0                # counts up: watches end in the middle of a line
        self.expire = 0             # counts up: watches get an ERROR event, 410
        self.goodbye = 0            # counts up: watches end as planned
        self.bookmarks = 1.0        # seconds between them
        self.frozen = False         # nobody gets an answer
        self.tokens = None          # those that are good; None: no token is asked for
        self.padding = 0            # bytes that each Node has in addition
        self.pods = {"kube-system/flannel-1": "n1"}
        self.webhook = False        # patches are answered, but not done

    def node(self, name, cidrs, annotations):
        return {"kind": "Node", "apiVersion": "v1",
                "metadata": {"name": name, "uid": f"uid-{name}-{self.version}",
                             "resourceVersion": str(self.version), "annotations": annotations,
                             "managedFields": [{"items": ["{", "}", "\\", "]\""]}]},
                "spec": {"podCIDR": cidrs[0], "podCIDRs": cidrs} if cidrs else {},
                "status": {"conditions": [{"type": "Ready", "status": "True"}],
                           "images": [{"names": ["x" * self.padding]}]}}

    def changed(self, kind, node):
        """With the lock held"""
        self.version += 1
        node["metadata"]["resourceVersion"] = str(self.version)
        name = node["metadata"]["name"]
        if kind == "DELETED":
            self.nodes.pop(name, None)
        else:
            self.nodes[name] = node
        self.events.append((self.version, kind, json.dumps(node)))
        del self.events[:-2000]
        self.lock.notify_all()


STATE = State()


def merge(old, new):
    for key, value in new.items():
        if value is None:
            old.pop(key, None)
        elif isinstance(value, dict):
            merge(old.setdefault(key, {}), value)
        elif key == "conditions":
            kinds = {c["type"] for c in value}
            old[key] = [c for c in old.get(key, []) if c["type"] not in kinds] + value
        else:
            old[key] = value


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *args):
        pass

    def note(self, code):
        with open(OPTIONS.log, "a") as log:
            print(self.command, self.path, code, file=log)

    def answer(self, code, body, headers=()):
        self.note(code)
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(data)

    def status(self, code, reason, message, headers=()):
        self.answer(code, {"kind": "Status", "apiVersion": "v1", "status": "Failure",
                           "message": message, "reason": reason, "code": code}, headers)

    # API

    def is_good(self):
        with STATE.lock:
            while STATE.frozen:
                STATE.lock.wait()
            tokens = STATE.tokens
        given = self.headers.get("Authorization", "")
        if tokens is None or (given.startswith("Bearer ") and given[7:] in tokens):
            return True
        self.status(401, "Unauthorized", "Unauthorized")
        return False

    def fault(self, verb):
        """Whether an ordered fault was the answer: "VERB CODE [RETRY-AFTER]" """
        with STATE.lock:
            for i, fault in enumerate(STATE.faults):
                if fault.split()[0] in (verb, "any"):
                    words = STATE.faults.pop(i).split()
                    break
            else:
                return False
        headers = [("Retry-After", words[2])] if len(words) > 2 else []
        code = words[1]
        if code == "cut":
            self.send_response(200)
            self.send_header("Content-Length", "100000")
            self.end_headers()
            self.wfile.write(b'{"kind":"NodeList","apiVersion":"v1","metadata":{"resour')
            self.note("cut")
            self.close_connection = True
        elif code == "garbage":
            self.answer(200, b"<html>this is no API server</html>")
        else:
            what = {"list": "list", "watch": "watch", "get": "get", "patch": "patch"}[verb]
            self.status(int(code), "Fault",
                        f'nodes is forbidden: User "flannel" cannot {what} resource "nodes"'
                        if code == "403" else f"fault {code}", headers)
        return True

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        if url.path.startswith("/test/"):
            return self.test(url.path[6:], query)
        if not self.is_good():
            return None
        if url.path == "/api/v1/nodes" and query.get("watch") == "true":
            return self.fault("watch") or self.watch(query)
        if url.path == "/api/v1/nodes":
            return self.fault("list") or self.list(query)
        match = re.fullmatch(r"/api/v1/namespaces/([^/]+)/pods/([^/]+)", url.path)
        if match:
            node = STATE.pods.get("/".join(match.groups()))
            if node is None:
                return self.status(404, "NotFound", "pods not found")
            return self.answer(200, {"kind": "Pod", "spec": {"nodeName": node}})
        match = re.fullmatch(r"/api/v1/nodes/([^/]+)", url.path)
        if match and not self.fault("get"):
            with STATE.lock:
                node = json.dumps(STATE.nodes.get(match[1]))
            if node == "null":
                return self.status(404, "NotFound", f'nodes "{match[1]}" not found')
            return self.answer(200, node.encode())
        return None if match else self.status(404, "NotFound", "no such path")

    def list(self, query):
        limit = int(query.get("limit", 0))
        begin, version = 0, None
        if "continue" in query:
            version, begin = map(int, query["continue"].split(":"))
        with STATE.lock:
            if version is not None and version < STATE.oldest:
                return self.status(410, "Expired", "The provided continue parameter is too old")
            version = version or STATE.version
            nodes = [json.dumps(n) for _, n in sorted(STATE.nodes.items())]
        page = nodes[begin:begin + limit] if limit else nodes
        more = f"{version}:{begin + limit}" if limit and begin + limit < len(nodes) else ""
        head = json.dumps({"resourceVersion": str(version), "continue": more})
        self.answer(200, ('{"kind":"NodeList","apiVersion":"v1","metadata":' + head + ',"items":[' +
                          ",".join(page) + "]}\n").encode())
        return None

    def chunk(self, text):
        data = text.encode()
        self.wfile.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")

    def watch(self, query):
        at = int(query["resourceVersion"])
        end = time.monotonic() + int(query["timeoutSeconds"])
        with STATE.lock:
            if at < STATE.oldest:
                return self.status(410, "Expired", "too old resource version")
            cut, expire, goodbye = STATE.cut, STATE.expire, STATE.goodbye
        self.note(200)
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        marked = time.monotonic()
        while time.monotonic() < end:
            lines = []
            with STATE.lock:
                if not STATE.frozen and STATE.version <= at and STATE.cut == cut and \
                   STATE.expire == expire and STATE.goodbye == goodbye:
                    STATE.lock.wait(0.2)
                if STATE.frozen:
                    STATE.lock.wait(0.2)
                    continue
                for version, kind, node in STATE.events:
                    if version > at:
                        lines.append('{"type":"%s","object":%s}\n' % (kind, node))
                if lines:
                    at = STATE.events[-1][0]
                elif time.monotonic() > marked + STATE.bookmarks:
                    marked = time.monotonic()
                    at = max(at, STATE.version) if STATE.version >= at else at
                    lines.append(json.dumps({"type": "BOOKMARK", "object": {
                        "kind": "Node", "apiVersion": "v1",
                        "metadata": {"resourceVersion": str(STATE.version)}}}) + "\n")
                is_cut, is_expired = STATE.cut > cut, STATE.expire > expire
                is_over = STATE.goodbye > goodbye
            try:
                if lines:
                    self.chunk("".join(lines))
                if is_cut:
                    self.chunk('{"type":"MODIFIED","object":{"kind":"Node","metadata":{"name":"n')
                    self.connection.shutdown(socket.SHUT_RDWR)
                    self.close_connection = True
                    return None
                if is_expired:
                    self.chunk('{"type":"ERROR","object":{"kind":"Status","status":"Failure","message":'
                               '"too old resource version: 1 (2)","reason":"Expired","code":410}}\n')
                    break
                if is_over:
                    break
            except OSError:
                self.close_connection = True
                return None
        self.chunk("")
        return None

    def do_PATCH(self):
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if not self.is_good() or self.fault("patch"):
            return
        match = re.fullmatch(r"/api/v1/nodes/([^/]+)/status", self.path)
        if self.headers["Content-Type"] != "application/strategic-merge-patch+json":
            self.status(415, "UnsupportedMediaType", "no such patch")
            return
        with open(OPTIONS.log + ".patches", "a") as log:
            print(json.dumps(body, separators=(",", ":")), file=log)
        with STATE.lock:
            node = STATE.nodes.get(match[1])
            if node is not None and not STATE.webhook:
                merge(node, body)
                STATE.changed("MODIFIED", node)
            text = json.dumps(node)
        if text == "null":
            self.status(404, "NotFound", f'nodes "{match[1]}" not found')
        else:
            self.answer(200, text.encode())

    # The test

    def test(self, what, query):
        name = query.get("node", "")
        annotations = {PREFIX + k[2:]: v for k, v in query.items() if k.startswith("a.")}
        out = "ok"
        with STATE.lock:
            node = STATE.nodes.get(name)
            if what == "add":
                cidrs = [c for c in query.get("cidr", "").split(",") if c]
                STATE.changed("ADDED", STATE.node(name, cidrs, annotations))
            elif what == "cidr":
                cidrs = [c for c in query["cidr"].split(",") if c]
                node["spec"] = {"podCIDR": cidrs[0], "podCIDRs": cidrs}
                STATE.changed("MODIFIED", node)
            elif what == "annotate":
                merge(node["metadata"]["annotations"],
                      {k: None if v == "-" else v for k, v in annotations.items()})
                STATE.changed("MODIFIED", node)
            elif what == "condition":
                merge(node["status"], {"conditions": [{"type": "NetworkUnavailable",
                                                       "status": query["status"]}]})
                STATE.changed("MODIFIED", node)
            elif what == "heartbeat":
                for node in list(STATE.nodes.values()):
                    STATE.changed("MODIFIED", node)
            elif what == "delete":
                STATE.changed("DELETED", node)
            elif what == "many":
                count, STATE.padding = int(query["count"]), int(query.get("padding", 0))
                for i in range(count):
                    net = f"10.{100 + i // 250}.{i % 250}.0/24"
                    fresh = STATE.node(f"m{i}", [net], {
                        PREFIX + "kube-subnet-manager": "true", PREFIX + "backend-type": "",
                        PREFIX + "backend-data": "null",
                        PREFIX + "public-ip": f"192.0.{2 + i // 250}.{i % 250 + 1}"})
                    STATE.version += 1
                    fresh["metadata"]["resourceVersion"] = str(STATE.version)
                    STATE.nodes[f"m{i}"] = fresh
                STATE.padding = 0
                STATE.oldest = STATE.version
            elif what == "big":
                node["metadata"]["annotations"]["big"] = "x" * int(query["bytes"])
                STATE.changed("MODIFIED", node)
            elif what == "fault":
                STATE.faults += [query["what"]] * int(query.get("times", 1))
            elif what == "faults":
                out = str(len(STATE.faults))
            elif what == "clear":
                STATE.faults.clear()
            elif what == "compact":
                STATE.oldest = STATE.version
                STATE.events.clear()
            elif what == "restore":
                # From a backup: an earlier history, in which some never were.
                STATE.version -= int(query["by"])
                STATE.oldest = 0
                STATE.events.clear()
                STATE.nodes.pop(query.get("without"), None)
            elif what == "frozen":
                STATE.frozen = query["is"] == "1"
            elif what == "tokens":
                STATE.tokens = query["are"].split(",") if query["are"] != "any" else None
            elif what == "show":
                out = json.dumps(node)
            elif what == "bookmarks":
                STATE.bookmarks = float(query["every"])
            else:       # cut, expire, goodbye
                setattr(STATE, what, getattr(STATE, what) + 1)
            STATE.lock.notify_all()
        data = out.encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 100

    def handle_error(self, request, client_address):
        error = sys.exc_info()[1]
        if not isinstance(error, (OSError, ssl.SSLError)):
            super().handle_error(request, client_address)


parser = argparse.ArgumentParser(description=__doc__)
parser.add_argument("port", type=int)
parser.add_argument("log")
parser.add_argument("--address", default="127.0.0.1")
parser.add_argument("--cert")
parser.add_argument("--key")
parser.add_argument("--client-ca")
OPTIONS = parser.parse_args()
SERVER = Server((OPTIONS.address, OPTIONS.port), Handler)
if OPTIONS.cert:
    CONTEXT = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    CONTEXT.load_cert_chain(OPTIONS.cert, OPTIONS.key)
    if OPTIONS.client_ca:
        CONTEXT.load_verify_locations(OPTIONS.client_ca)
        CONTEXT.verify_mode = ssl.CERT_REQUIRED
    SERVER.socket = CONTEXT.wrap_socket(SERVER.socket, server_side=True, do_handshake_on_connect=False)
SERVER.serve_forever()
