# SPDX-License-Identifier: Apache-2.0
"""aw sdp on whole twins: registers by serial download, and what forbids it."""
import os
import signal
import socket
import struct

import awcli
import twins

SERIAL = "9DAD303390D40330"
UNIQUE = 0x021bc410  # OCOTP_CFG0 and CFG1, shadow registers
WORD_STEP = 0x10
READ_DISABLE = 1 << 18
SDP_DISABLE = 1 << 17
SRK = "ab" * 32
HAB_LOG = 0x00904000
REFUSED = "33 22 33 00"


class Case(twins.Case):
    def begin(self, soc="ull", fuses=None):
        self.ok("twin", "create", "twin", "--soc=" + soc,
                "--serial=" + SERIAL)
        self.ok("twin", "switch", "twin", "usb")
        twins.blow(self.twin, fuses or {})
        self.start()

    def read(self, address, *args, code=0):
        return self.json("sdp", "read", hex(address), *args, self.DEVICE,
                         code=code)

    def refused(self, address, word=REFUSED):
        document = self.read(address, code=30)
        self.assertEqual(document["error"]["code"], "ERR_REFUSED")
        self.assertIn(word, document["error"]["got"])
        # The board is still there, and says the same again.
        status = self.json("sdp", "status", self.DEVICE)
        self.assertEqual(status["event"]["bytes"], word.replace(" ", ""))
        self.assertEqual(status["event"]["reason"], "INV_ADDRESS")
        return status


class Plug(Case):
    HELLO = struct.pack("<IHHIH", 2, 1, 0, 1000, 1)
    ANSWER = 22

    def client(self):
        s = socket.socket(socket.AF_UNIX)
        self.addCleanup(s.close)
        s.settimeout(awcli.TIMEOUT_S)
        s.connect(str(self.twin / "usb"))
        try:
            s.sendall(self.HELLO)
        except BrokenPipeError:
            pass  # refused before it spoke; the answer is there
        return s

    def answer(self, client):
        """The error that the answer has."""
        data = client.recv(self.ANSWER, socket.MSG_WAITALL)
        return struct.unpack_from("<IHH", data)[2]

    def test_one_after_the_other(self):
        """A client that went before the next one came is none, even where the
        twin hears of both at once; one that stays is."""
        self.begin()
        pid = int(self.status()["pid"])
        first = self.client()
        self.assertEqual(self.answer(first), 0)
        os.kill(pid, signal.SIGSTOP)
        try:
            first.close()
            second = self.client()
        finally:
            os.kill(pid, signal.SIGCONT)
        self.assertEqual(self.answer(second), 0)
        self.assertNotEqual(self.answer(self.client()), 0)


class Registers(Case):
    def test_unique_id(self):
        """The words of the shadow registers are the unique id of the part,
        in the order in which it is written."""
        for soc in ("ul", "ull", "ulz"):
            with self.subTest(soc):
                self.twin = self.dir / "twin"
                self.begin(soc)
                data = "".join(self.read(UNIQUE + i * WORD_STEP)["data"]
                               for i in range(2))
                self.assertEqual(data.upper(), SERIAL)
                status = self.json("sdp", "status", self.DEVICE)
                self.assertEqual(status["serial"], SERIAL)
                low, high = struct.unpack("<II", bytes.fromhex(SERIAL))
                run = self.ok("sdp", "read", hex(UNIQUE), self.DEVICE)
                self.assertIn("021bc410: %08x\n" % low, run.out)
                words = {(w["bank"], w["word"]): w["shadow"] for w in
                         self.json("twin", "fuses", "twin")["words"]}
                self.assertEqual((words[0, 1], words[0, 2]),
                                 ("%08x" % low, "%08x" % high))
                self.stop()
                self.twin.rename(self.dir / soc)

    def test_read_disable(self):
        """Refused everywhere, though the part is open; the rest works."""
        self.begin(fuses={twins.CONFIG: READ_DISABLE})
        status = self.refused(UNIQUE)
        self.assertEqual(status["state"], "open")
        self.assertNotIn("serial", status)
        self.refused(0x00907000)
        self.refused(HAB_LOG)
        self.ok("sdp", "write", "0x00907000", "1", self.DEVICE)

    def test_closed(self):
        """Only what a DCD may write, and HAB's log."""
        self.begin(fuses=twins.closed(SRK))
        status = self.refused(UNIQUE)
        self.assertEqual(status["state"], "closed")
        self.assertNotIn("serial", status)
        self.refused(0x00900000)
        self.refused(0x020cc000)  # SNVS
        self.assertEqual(len(self.read(HAB_LOG, "16")["data"]), 32)
        self.read(0x020c4068)  # CCM

    def test_nothing_there(self):
        """Where nothing answers an open part refuses as well."""
        self.begin()
        self.refused(0x01000000)
        self.refused(0x80000000 + (1 << 29))

    def test_no_download(self):
        """SDP_DISABLE: there is no device at all."""
        self.begin(fuses={twins.CONFIG: SDP_DISABLE})
        self.wait_state("dead")
        self.fails(22, "sdp", "status", self.DEVICE, "--wait=1s")


class Faults(Case):
    """USB that goes wrong on demand, as a client sees it."""

    def fault(self, *args):
        document = self.json("twin", "fault", "usb", "twin", *args)
        self.assertEqual(document["fault"], "usb")

    def sdp_status(self):
        run = self.aw("sdp", "status", self.DEVICE)
        return run.code, run.err

    def test_transfers(self):
        self.begin()
        self.assertEqual(self.sdp_status()[0], 0)
        for what, endpoint, code, text in (
                ("stall", "0", 21, "does not take"),
                ("lost", "0", 21, "input or output failed"),
                ("short", "0", 21, "sent in part"),
                ("stall", "81", 21, "does not take"),
                ("lost", "81", 21, "input or output failed"),
                ("short", "81", 21, "size of report 3")):
            with self.subTest(what=what, endpoint=endpoint):
                # The second transfer: the first one looks for old reports.
                self.fault(what, "--endpoint=" + endpoint,
                           "--skip=%d" % (endpoint == "81"))
                got, err = self.sdp_status()
                self.assertEqual((got, text in err), (code, True), err)
                self.assertEqual(self.sdp_status()[0], 0)


if __name__ == "__main__":
    awcli.main()
