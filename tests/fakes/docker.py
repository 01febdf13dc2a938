"""A FAKE of the docker command, for machines without an engine: it answers the few calls that kind and maidenhair make.

Its containers are lines of a file in the folder $FAKE_DOCKER, nothing runs. What it says is what Docker's own command
says. In that folder `images` lists the images that it has, and `calls` keeps every call, one JSON list a line;
`port-taken`, if there, makes `run` fail as Docker does, once there are as many containers as it says, while other nodes
start; `hang` makes `run` not come back.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

STATE = Path(os.environ["FAKE_DOCKER"])
CONTAINERS = STATE / "containers"
INFO = {
    "CgroupDriver": "systemd",
    "CgroupVersion": "2",
    "MemoryLimit": True,
    "PidsLimit": True,
    "CPUShares": True,
    "SecurityOptions": ["name=seccomp,profile=builtin"],
}
ANSWERS = {
    "{{.ServerVersion}}": "28.2.2",
    "{{json .}}": json.dumps(INFO),
    "'{{json .SecurityOptions}}'": "'[]'",
    "{{.Driver}}": "overlay2",
    "{{json .DriverStatus }}": '[["Backing Filesystem","extfs"]]',
}
PORT_TAKEN = (
    "docker: Error response from daemon: failed to set up container networking: driver failed programming external "
    "connectivity on endpoint {name} (3c0f): Bind for 127.0.0.1:50051 failed: port is already allocated"
)
NO_REGISTRY = (
    'Error response from daemon: Get "https://registry-1.docker.io/v2/": dial tcp: lookup registry-1.docker.io: '
    "no such host"
)


def main() -> None:
    words = sys.argv[1:]
    with (STATE / "calls").open("a") as calls:
        print(json.dumps(words), file=calls)
    command = words[0].strip("-")
    known = globals().get(f"docker_{command}")
    if known is None:
        fail(f"docker: '{command}' is not a docker command of this fake.")
    known(words[1:])


def docker_v(words: list[str]) -> None:
    print("Docker version 28.2.2, build e6534b4")


def docker_info(words: list[str]) -> None:
    print(ANSWERS[words[-1]] if words else "Server:\n Server Version: 28.2.2")


def docker_ps(words: list[str]) -> None:
    text = next(word for word in words if "label=" in word).partition("label=")[2]
    label, _, value = text.partition("=")
    for each in containers():
        if each["Config"]["Labels"].get(label) == value:
            print(each["Name"].strip("/") if "{{.Names}}" in words else each["Id"])


def docker_build(words: list[str]) -> None:
    [tag] = [word.removeprefix("--tag=") for word in words if word.startswith("--tag=")]
    with (STATE / "images").open("a") as images:
        print(tag, file=images)


def docker_inspect(words: list[str]) -> None:
    if words[0] == "--type=image":
        return docker_image(words)
    named = [each for each in containers() if {each["Id"], each["Name"][1:]} & set(words)]
    if words[0] == "--format":
        print(named[0]["Config"]["Labels"][words[1].split('"')[1]])
    else:
        print(json.dumps(named))


def docker_image(words: list[str]) -> None:
    if words[-1] not in (STATE / "images").read_text().split():
        fail(f"Error response from daemon: No such image: {words[-1]}")


def docker_pull(words: list[str]) -> None:
    fail(NO_REGISTRY)


def docker_network(words: list[str]) -> None:
    print("kind" if words[0] == "ls" and "{{.Name}}" in words[-1] else "0c1b2a")


def docker_run(words: list[str]) -> None:
    name = words[words.index("--name") + 1]
    labels = dict(words[at + 1].split("=", 1) for at, word in enumerate(words) if word == "--label")
    volumes = [
        word.partition("=")[2].split(":")[0] for word in words if word.startswith("--volume=")
    ]
    taken = "50051:50051" in " ".join(words) and (STATE / "port-taken").exists()
    made = {
        "Id": f"id-{name}",
        "Name": f"/{name}",
        "State": {"Status": "created" if taken else "running"},
        "Mounts": [{"Source": source} for source in volumes],
        "Config": {"Labels": labels},
    }
    # kind starts several at once.
    with CONTAINERS.open("a") as file:
        print(json.dumps(made), file=file)
    if (STATE / "hang").exists():
        time.sleep(600)
    if taken:
        wait_for_others(int((STATE / "port-taken").read_text()))
        fail(PORT_TAKEN.format(name=name), 125)
    print(made["Id"])


def docker_rm(words: list[str]) -> None:
    save([each for each in containers() if each["Name"][1:] not in words])


def docker_kill(words: list[str]) -> None:
    change(words[-1], "exited")


def docker_start(words: list[str]) -> None:
    change(words[-1], "running")


def docker_pause(words: list[str]) -> None:
    change(words[-1], "paused")


def docker_unpause(words: list[str]) -> None:
    change(words[-1], "running")


def docker_logs(words: list[str]) -> None:
    print(f"console of {words[-1]}")
    if (STATE / "port-taken").exists():
        print("Reached target Multi-User System.")


def docker_exec(words: list[str]) -> None:
    print(" ".join(words))


def containers() -> list[dict[str, Any]]:
    lines = CONTAINERS.read_text().splitlines() if CONTAINERS.exists() else []
    return [json.loads(line) for line in lines]


def wait_for_others(count: int) -> None:
    """Wait until `count` containers exist: kind starts them at once, and ends at the first failure."""
    deadline = time.monotonic() + 60
    while len(containers()) < count and time.monotonic() < deadline:
        time.sleep(0.01)


def save(containers: list[dict[str, Any]]) -> None:
    CONTAINERS.write_text("".join(f"{json.dumps(each)}\n" for each in containers))


def change(name: str, state: str) -> None:
    found = containers()
    for each in found:
        if each["Name"][1:] == name:
            each["State"]["Status"] = state
    save(found)


def fail(text: str, code: int = 1) -> NoReturn:
    print(text, file=sys.stderr)
    sys.exit(code)


if __name__ == "__main__":
    main()
