"""A web server for the files of a folder, over TLS where a folder for certificates is given.

usage: web.py PORT FOLDER [CERTIFICATES]

Below `/parts/` it gives parts of files, as most servers do. Below `/whole/` it gives files as a whole only and does not
say how long they are. Below `/signed/` a file is given only to whoever asks with `signature=right`. `/moved/` redirects.
"""

import http.server
import pathlib
import ssl
import sys
import urllib.parse

port, folder = int(sys.argv[1]), pathlib.Path(sys.argv[2])


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        _, kind, *rest = urllib.parse.unquote(url.path).split("/")
        file = folder.joinpath(*rest)
        if kind == "moved":
            return self.answer(302, {"Location": "/parts/" + "/".join(rest)})
        if kind == "signed" and url.query != "signature=right":
            return self.answer(403, {})
        if not file.is_file():
            return self.answer(404, {})
        size = file.stat().st_size
        modified = self.date_time_string(int(file.stat().st_mtime))
        if kind == "whole":
            content = file.read_bytes()
            self.send_response(200)
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            for start in range(0, len(content), 10_000):
                part = content[start : start + 10_000]
                self.wfile.write(b"%x\r\n%s\r\n" % (len(part), part))
            self.wfile.write(b"0\r\n\r\n")
            return
        headers = {"Last-Modified": modified, "Accept-Ranges": "bytes"}
        asked = self.headers.get("Range")
        if asked is None:
            return self.answer(200, headers, file.read_bytes())
        start, end = (int(text) for text in asked.removeprefix("bytes=").split("-"))
        if start >= size:
            return self.answer(416, headers)
        with file.open("rb") as opened:
            opened.seek(start)
            part = opened.read(end + 1 - start)
        headers["Content-Range"] = f"bytes {start}-{start + len(part) - 1}/{size}"
        self.answer(206, headers, part)

    def answer(self, status, headers, content=b""):
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128


certificates = None
if len(sys.argv) > 3:
    import trustme

    authority = trustme.CA()
    certificates = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1", "localhost").configure_cert(certificates)
    authority.cert_pem.write_to_path(str(pathlib.Path(sys.argv[3]) / "authority.pem"))

server = Server(("127.0.0.1", port), Handler)
if certificates:
    server.socket = certificates.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
server.serve_forever()
