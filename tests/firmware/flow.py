# SPDX-License-Identifier: Apache-2.0
"""A run of aw that is held at an event of its own."""
import json
import os
import signal
import subprocess

import awcli


class Flow:
    """aw with its events on a pipe. At the event that `at` picks the process
    stands still while `act` is done to the world, or to itself. `each` hears
    of every event."""

    def __init__(self, test, args, at=None, act=None, each=None):
        self.events = []
        self.held = False
        read, write = os.pipe()
        with subprocess.Popen(
                [awcli.AW] + [str(a) for a in args] +
                ["--json", "--events=%d" % write],
                cwd=test.dir, env=test.environment(), pass_fds=[write],
                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                stderr=subprocess.PIPE) as process:
            os.close(write)
            with os.fdopen(read) as lines:
                for line in lines:
                    event = json.loads(line)
                    awcli.load_schema("event").validate(event)
                    if event["state"] == "progress":
                        continue
                    self.events.append(event)
                    if at is not None and not self.held and at(self, event):
                        self.held = True
                        self.hold(process, act)
                    if each is not None:
                        self.tell(process, each, event)
            out, err = process.communicate(timeout=awcli.TIMEOUT_S)
            self.code = process.returncode
        self.text = out.decode() + err.decode()
        self.document = json.loads(out)

    @staticmethod
    def hold(process, act):
        """A test that fails meanwhile leaves no process that stands still: it
        would be waited for."""
        process.send_signal(signal.SIGSTOP)
        try:
            act(process.pid)
        except BaseException:
            process.kill()
            raise
        process.send_signal(signal.SIGCONT)

    @staticmethod
    def tell(process, each, event):
        try:
            each(event, process.pid)
        except BaseException:
            process.kill()
            raise

    def steps(self):
        return [(e["step"], e["state"]) for e in self.events]
