"""A web server that knows one answer."""

import os
import socket
from http.server import BaseHTTPRequestHandler, HTTPServer

import played


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(os.environ["INSTANCE"].encode())

    def log_message(self, *arguments):
        pass


played.remember("web")
played.live("web")
server = HTTPServer(("127.0.0.1", 0), Handler, bind_and_activate=False)
server.socket = socket.socket(fileno=int(os.environ["BIND"].removeprefix("fd://")))
server.serve_forever()
