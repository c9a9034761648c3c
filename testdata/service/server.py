"""A web service that breaks in version 2: server.py DIR

It answers with the version in DIR/version, and to every request with status 500 if that is 2. Its port
is in DIR/port once it listens.
"""
import http.server
import os
import sys

directory = sys.argv[1]
with open(os.path.join(directory, "version")) as f:
    version = f.read().strip()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = ("version " + version + "\n").encode()
        self.send_response(500 if version == "2" else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


server = http.server.HTTPServer(("127.0.0.1", 0), Handler)
with open(os.path.join(directory, "port.new"), "w") as f:
    f.write(str(server.server_port))
os.rename(os.path.join(directory, "port.new"), os.path.join(directory, "port"))
server.serve_forever()
