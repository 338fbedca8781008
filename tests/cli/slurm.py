# SPDX-License-Identifier: Apache-2.0
"""Slurm on this machine, for one test: own keys, ports and folders."""
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

START_S = 60
PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "squeue")
CONF = """ClusterName=test
SlurmctldHost={host}(127.0.0.1)
SlurmUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket={dir}/munge.s
StateSaveLocation={dir}/state
SlurmdSpoolDir={dir}/spool
SlurmctldPidFile={dir}/slurmctld.pid
SlurmdPidFile={dir}/slurmd.pid
SlurmctldPort={ports[0]}
SlurmdPort={ports[1]}
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
MpiDefault=none
ReturnToService=2
SchedulerParameters=sched_interval=1,batch_sched_delay=0
MinJobAge=300
NodeName={host} NodeAddr=127.0.0.1 CPUs=2 State=UNKNOWN
PartitionName=all Nodes={host} Default=YES State=UP
"""


def free_ports(n):
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(n)]
    ports = [s.getsockname()[1] for s in sockets]
    for s in sockets:
        s.close()
    return ports


def missing():
    """A program that is not there; None when all are."""
    path = os.environ["PATH"] + ":/usr/sbin:/sbin"
    return next((p for p in PROGRAMS if shutil.which(p, path=path) is None),
                None)


class Cluster:
    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="aw-slurm-",
                                                    dir="/tmp"))
        self.folder.chmod(0o755)
        self.children = []
        for name in ("state", "spool"):
            (self.folder / name).mkdir()
        conf = self.folder / "slurm.conf"
        conf.write_text(CONF.format(host=socket.gethostname().split(".")[0],
                                    dir=self.folder, ports=free_ports(2)))
        self.env = {**os.environ, "SLURM_CONF": str(conf),
                    "PATH": os.environ["PATH"] + ":/usr/sbin:/sbin"}
        key = self.folder / "munge.key"
        key.write_bytes(os.urandom(128))
        key.chmod(0o400)
        self.start("munged", "--foreground", "--force", "--key-file", key,
                   "--socket", self.folder / "munge.s", "--pid-file",
                   self.folder / "munge.pid", "--log-file",
                   self.folder / "munge.log", "--seed-file",
                   self.folder / "munge.seed")
        self.until(lambda: (self.folder / "munge.s").exists())
        self.start("slurmctld", "-D")
        self.start("slurmd", "-D")
        self.until(lambda: "idle" in self.run("sinfo", "-h", "-o", "%T",
                                              check=False))

    def start(self, *command):
        log = open(self.folder / (command[0] + ".out"), "wb")
        self.children.append(subprocess.Popen(
            [str(c) for c in command], env=self.env, stdin=subprocess.DEVNULL,
            stdout=log, stderr=subprocess.STDOUT))
        log.close()

    def said(self):
        return "\n".join("== %s\n%s" % (p.name, p.read_text(errors="replace")
                                        [-2000:])
                         for p in self.folder.glob("*.out"))

    def until(self, check):
        end = time.monotonic() + START_S
        while not check():
            if time.monotonic() > end or any(
                    c.poll() is not None for c in self.children):
                text = self.said()
                self.close()
                raise RuntimeError("slurm does not start\n" + text)
            time.sleep(0.2)

    def run(self, *command, check=True, env=None, cwd=None):
        done = subprocess.run(
            [str(c) for c in command], env={**self.env, **(env or {})},
            cwd=cwd or self.folder, stdout=subprocess.PIPE,
            stderr=subprocess.PIPE, timeout=START_S, check=False)
        if check and done.returncode != 0:
            raise RuntimeError("%s: %s" % (command[0], done.stderr.decode()))
        return done.stdout.decode()

    def close(self):
        for child in reversed(self.children):
            child.terminate()
            try:
                child.wait(20)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()
        shutil.rmtree(self.folder, ignore_errors=True)
