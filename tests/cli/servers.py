# SPDX-License-Identifier: Apache-2.0
"""Commands of ours that serve HTTP until they are told to end."""
import http.client
import socket
import subprocess
import time

import awcli

START_S = 20


class Server:
    """A running command that writes its port to --port-file."""

    def __init__(self, test, *command):
        port_file = test.dir / ("port%d" % time.monotonic_ns())
        self.process = subprocess.Popen(
            [str(c) for c in [awcli.AW, *command, "--port-file", port_file]],
            cwd=test.dir, env=test.environment(), stdout=subprocess.PIPE,
            stderr=subprocess.PIPE)
        test.addCleanup(self.kill)
        end = time.monotonic() + START_S
        while not port_file.exists():
            test.assertIsNone(self.process.poll(), command)
            test.assertLess(time.monotonic(), end)
            time.sleep(0.01)
        self.port = int(port_file.read_text())
        self.url = "http://127.0.0.1:%d/" % self.port

    def kill(self):
        self.process.kill()
        self.process.communicate()

    def end(self, number):
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=START_S)
        return self.process.returncode, out.decode(), err.decode()

    def raw(self, request):
        """The answer to bytes that a client may not send, to its end."""
        with socket.create_connection(("127.0.0.1", self.port), START_S) as s:
            data = b""
            try:
                s.sendall(request)
                s.shutdown(socket.SHUT_WR)
                while chunk := s.recv(65536):
                    data += chunk
            except OSError:
                pass  # it had enough of us
        return data

    def ask(self, path, headers=None, method="GET"):
        """Status, headers, body of one request."""
        c = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_S)
        c.putrequest(method, path, skip_accept_encoding=True)
        for name, value in (headers or {}).items():
            c.putheader(name, value)
        c.endheaders()
        answer = c.getresponse()
        body = answer.read()
        c.close()
        return answer.status, dict(answer.getheaders()), body
