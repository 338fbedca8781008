# SPDX-License-Identifier: Apache-2.0
"""The files of deploy/ for schedulers and containers: no cluster is asked,
but what they say of the program, of each other and of docs/monitor.md is so."""
import json
import re
import unittest

import awcli

try:
    import yaml
except ImportError:
    yaml = None

DEPLOY = awcli.SOURCE / "deploy"
# Exit codes that are in a signed result: the job is done.
IN_RESULT = {0, 10, 13, 40}


def exits():
    """Exit codes of the program: code to "try again"."""
    text = (awcli.SOURCE / "cmd/common/exit.h").read_text()
    return {int(code): again == "true" for code, again in re.findall(
        r'X\(\w+, (\d+), "\w+", (true|false),', text)}


@unittest.skipUnless(yaml, "python3-yaml is not installed")
class Deploy(unittest.TestCase):
    def load(self, name):
        (document,) = yaml.safe_load_all((DEPLOY / name).read_text())
        return document

    def jobs(self):
        """Specifications of the jobs, by file."""
        job = self.load("kubernetes-job.yaml")
        self.assertEqual((job["apiVersion"], job["kind"]), ("batch/v1", "Job"))
        cron = self.load("kubernetes-cronjob.yaml")
        self.assertEqual((cron["apiVersion"], cron["kind"]),
                         ("batch/v1", "CronJob"))
        self.assertEqual(cron["spec"]["concurrencyPolicy"], "Forbid")
        return job["spec"], cron["spec"]["jobTemplate"]["spec"]

    def verdict(self, spec, code):
        """What the failure policy does with an exit code."""
        for rule in spec["podFailurePolicy"]["rules"]:
            on = rule.get("onExitCodes")
            if on and (code in on["values"]) == (on["operator"] == "In"):
                return rule["action"]
        return "Count"

    def test_exit_codes(self):
        known = exits()
        self.assertGreater(len(known), 15)
        job, cron = self.jobs()
        for code, again in known.items():
            if code in IN_RESULT:
                continue
            wanted = "Count" if again else "FailJob"
            self.assertEqual(self.verdict(job, code), wanted, code)
            self.assertEqual(self.verdict(cron, code), wanted, code)
        # Findings of a look fail its pod, once.
        self.assertEqual(self.verdict(cron, 13), "FailJob")
        # Those of a job are in its result.
        (script,) = job["template"]["spec"]["containers"][0]["args"]
        self.assertIn("case $code in 10 | 13) exit 0", script)
        # The API allows it only so.
        self.assertEqual(job["completionMode"], "Indexed")
        for spec in (job, cron):
            self.assertEqual(spec["template"]["spec"]["restartPolicy"],
                             "Never")
            names = {c["name"] for c in spec["template"]["spec"]["containers"]}
            for rule in spec["podFailurePolicy"]["rules"]:
                on = rule.get("onExitCodes")
                self.assertEqual(("onExitCodes" in rule) +
                                 ("onPodConditions" in rule), 1)
                if on:
                    self.assertIn(on["containerName"], names)
                    self.assertNotIn(0, on["values"])
                    self.assertEqual(on["values"], sorted(set(on["values"])))
                    self.assertLessEqual(len(on["values"]), 255)

    def test_pods(self):
        for spec in self.jobs():
            pod = spec["template"]["spec"]
            self.assertIs(pod["automountServiceAccountToken"], False)
            # An unmasked /proc is only for pods with users of their own.
            self.assertIs(pod["hostUsers"], False)
            context = pod["securityContext"]
            self.assertIs(context["runAsNonRoot"], True)
            self.assertEqual(context["runAsUser"], self.user())
            self.assertEqual(context["seccompProfile"]["type"], "Localhost")
            self.assertEqual(context["appArmorProfile"],
                             {"type": "Unconfined"})
            volumes = {v["name"] for v in pod["volumes"]}
            for container in pod["containers"]:
                own = container["securityContext"]
                self.assertIs(own["allowPrivilegeEscalation"], False)
                self.assertIs(own["readOnlyRootFilesystem"], True)
                self.assertEqual(own["procMount"], "Unmasked")
                self.assertEqual(own["capabilities"], {"drop": ["ALL"]})
                self.assertIn("memory", container["resources"]["limits"])
                mounts = {m["name"] for m in container["volumeMounts"]}
                self.assertEqual(mounts, volumes - {"secret"})
                places = [m["mountPath"] for m in container["volumeMounts"]]
                self.assertEqual(len(set(places)), len(places))
                self.assertLessEqual({"/etc/aw", "/var/lib/aw",
                                      "/var/cache/aw", "/tmp"}, set(places))

    def test_key_is_private(self):
        """Kubernetes lets the group of the pod read the files of a secret,
        which the program refuses of a key: it gets copies of its own."""
        for spec in self.jobs():
            pod = spec["template"]["spec"]
            (secret,) = [v["name"] for v in pod["volumes"] if "secret" in v]
            users = {c["name"]: {m["name"]: m["mountPath"]
                                 for m in c["volumeMounts"]}
                     for c in pod["initContainers"] + pod["containers"]}
            (first,) = [c for c, mounts in users.items() if secret in mounts]
            (init,) = pod["initContainers"]
            self.assertEqual(init["name"], first)
            self.assertIn("install -m 0600 %s/* /etc/aw/" %
                          users[first][secret], init["command"][-1])
            (etc,) = [name for name, place in users[first].items()
                      if place == "/etc/aw"]
            (volume,) = [v for v in pod["volumes"] if v["name"] == etc]
            self.assertEqual(volume["emptyDir"]["medium"], "Memory")
            # Nor is a state of everybody taken, which an emptyDir is.
            for container in pod["containers"]:
                (env,) = container["env"]
                self.assertEqual((env["name"], env["value"]), (
                    "AW_STATE_DIR", "/var/lib/aw/state"))
            own = init["securityContext"]
            self.assertIs(own["readOnlyRootFilesystem"], True)
            self.assertEqual(own["capabilities"], {"drop": ["ALL"]})

    def user(self):
        text = (DEPLOY / "Dockerfile").read_text()
        return int(re.findall(r"^USER (\d+)", text, re.M)[-1])

    def test_compose(self):
        """Its settings are the flags of docs/monitor.md."""
        compose = self.load("compose.yaml")
        monitor = compose["services"]["monitor"]
        text = (awcli.SOURCE / "docs/monitor.md").read_text()
        command = text.split("    docker run -d --name monitor", 1)[1]
        command = command.split("\n\n", 1)[0].replace("\\\n", " ")
        flags = re.findall(r"--security-opt (\S+)", command)
        self.assertEqual(
            {o.replace(":true", "").replace(":", "=").replace(
                "=./", "=deploy/") for o in monitor["security_opt"]},
            set(flags))
        self.assertEqual(monitor["cap_drop"], ["ALL"])
        self.assertIn("--cap-drop ALL", command)
        self.assertIn("--memory %s " % monitor["mem_limit"], command)
        self.assertIn("--pids-limit %d" % monitor["pids_limit"], command)
        self.assertIn("--tmpfs " + monitor["tmpfs"][0], command)
        self.assertIs(monitor["read_only"], True)
        named = {v.split(":")[0] for s in compose["services"].values()
                 for v in s["volumes"] if not v.startswith("$")}
        self.assertEqual(named, set(compose["volumes"]))
        for service in compose["services"].values():
            self.assertEqual(service["user"],
                             "%d:%d" % (self.user(), self.user()))

    def test_seccomp(self):
        profile = json.loads((DEPLOY / "seccomp.json").read_text())
        names = [n for rule in profile["syscalls"] for n in rule["names"]]
        self.assertEqual(len(set(names)), len(names))
        for rule in profile["syscalls"]:
            self.assertEqual(rule["action"], "SCMP_ACT_ERRNO")
        # What the sandbox is made with is not among what is forbidden.
        self.assertFalse({"unshare", "clone", "clone3", "mount", "umount2",
                          "pivot_root", "execve"} & set(names))


if __name__ == "__main__":
    unittest.main()
