"""Passes requests on to another server, and spoils some of them.

usage: faulty.py PORT TARGET_PORT KINDS [FILE]

KINDS are faults with commas between, and of four requests the second and the third get one of them in turn: `busy` (503),
`dropped` (no answer), `cut` (half of the body), `stalled` (half of the body, and silence). `none` passes all on. `change`
does so too, and before the second request for a body puts FILE in place of what it asks for. Each request is written to
standard output: the fault, the method, the path, the range.
"""

import http.client
import http.server
import itertools
import socket
import sys
import time

port, target, kinds = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3].split(",")
SILENCE_SECONDS = 20
turns = itertools.count()
bodies = itertools.count()


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def passed_on(self):
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length)
        connection = http.client.HTTPConnection("127.0.0.1", target)
        connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
        for name, value in self.headers.items():
            connection.putheader(name, value)
        connection.endheaders(body)
        answer = connection.getresponse()
        return answer, answer.read()

    def handle_request(self):
        turn = next(turns)
        fault = kinds[turn // 2 % len(kinds)] if turn % 4 in (1, 2) else None
        if kinds[0] in ("change", "none"):
            fault = None
        if kinds == ["change"]:
            if self.command == "GET" and "list-type" not in self.path and next(bodies) == 1:
                with open(sys.argv[4], "rb") as file:
                    content = file.read()
                connection = http.client.HTTPConnection("127.0.0.1", target)
                allowed = {"Authorization": self.headers["Authorization"]}
                connection.request("PUT", self.path, body=content, headers=allowed)
                assert connection.getresponse().status == 200
        print(fault or "-", self.command, self.path, self.headers.get("Range", "-"), flush=True)
        if fault == "busy":
            self.passed_on()
            return self.answer(503, {}, b"<Error><Code>SlowDown</Code></Error>")
        if fault == "dropped":
            return self.drop()
        answer, body = self.passed_on()
        headers = {name.lower(): value for name, value in answer.getheaders()}
        for own in ("connection", "transfer-encoding", "server", "date"):
            headers.pop(own, None)
        if fault in ("cut", "stalled"):
            self.answer(answer.status, {"content-length": str(len(body)), **headers}, body[: len(body) // 2])
            self.wfile.flush()
            if fault == "stalled":
                time.sleep(SILENCE_SECONDS)
            return self.drop()
        self.answer(answer.status, headers, body)

    do_GET = do_HEAD = do_PUT = do_POST = handle_request

    def answer(self, status, headers, content):
        self.send_response(status)
        for name, value in {"content-length": str(len(content)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    def drop(self):
        self.close_connection = True
        self.connection.shutdown(socket.SHUT_RDWR)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def handle_error(self, request, client_address):
        pass


Server(("127.0.0.1", port), Handler).serve_forever()
