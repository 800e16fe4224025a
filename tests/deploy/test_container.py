"""deploy/Dockerfile: what the image holds and who it runs as; and a root that cannot be written.

The image is built nowhere here; a daemon runs as it would in the container: everything read-only
but for /tmp and the folder of the store.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.end_to_end.test_daemon import free_port

DOCKERFILE = Path(__file__).parents[2] / "deploy" / "Dockerfile"
#: Runs what follows where only /tmp, which is empty, and /mnt can be written.
_READ_ONLY = """
mount --make-rprivate / && mount --bind "$1" /mnt && mount -t tmpfs tmpfs /tmp &&
mount -o remount,bind,ro / && cd /mnt && shift && exec "$@"
"""


def stages() -> list[str]:
    """The Dockerfile without comments, one text a stage, lines joined."""
    lines = [line for line in DOCKERFILE.read_text().splitlines() if not line.startswith("#")]
    return re.split(r"^FROM ", "\n".join(lines).replace("\\\n", " "), flags=re.MULTILINE)[1:]


def test_the_image_holds_what_was_built_and_nothing_to_build_with() -> None:
    """Two stages: compilers and installers stay in the first."""
    build, image = stages()
    assert "AS build" in build.splitlines()[0]
    assert "COPY --from=build /opt/policywatch /opt/policywatch" in image
    assert "pip uninstall" in image
    assert not re.search(r"pip install|apt-get|\bapk\b|\bgcc\b|\buv\b|COPY (?!--from)", image)
    assert "--frozen" in build, "the versions are those of uv.lock"


def test_it_runs_as_a_user_with_a_number_and_no_rights() -> None:
    """The last USER holds for what is run."""
    image = stages()[-1]
    (user,) = re.findall(r"^USER (.*)$", image, re.MULTILINE)
    assert user.isdigit()
    assert int(user) > 0
    assert f"--uid {user}" in image
    assert "--system" in image
    assert image.index("USER") > image.rindex("RUN ")


def test_nothing_secret_is_baked_in() -> None:
    """An image is handed around: variables with secrets belong to the container."""
    assert not re.search(r"^(ARG|ENV).*(PASSWORD|TOKEN|SECRET|KEY)", DOCKERFILE.read_text(), re.M)


def healthcheck(port: int) -> list[str]:
    """The image's health check, asking another port."""
    found = re.search(r"HEALTHCHECK .*CMD (\[.*\])", stages()[-1])
    assert found
    words: list[str] = json.loads(found[1])
    assert words[0] == "python"
    return [sys.executable, *(word.replace("8377", str(port)) for word in words[1:])]


def healthy(port: int) -> bool:
    """What the health check says."""
    return subprocess.run(healthcheck(port), capture_output=True, check=False).returncode == 0


def test_a_daemon_works_on_a_root_that_cannot_be_written(tmp_path: Path) -> None:
    """It checks, stores, is healthy, and stops; nothing is written elsewhere."""
    unshare = shutil.which("unshare")
    if unshare is None or os.geteuid() != 0:
        pytest.skip("to make the root read-only for one process takes root and unshare")
    if subprocess.run([unshare, "--mount", "true"], capture_output=True, check=False).returncode:
        pytest.skip("no mount namespaces here")
    if any(Path("/tmp") in Path(path).absolute().parents for path in (sys.executable, Path.cwd())):
        pytest.skip("what is to run lies in /tmp, which is empty in there")
    inside = [unshare, "--mount", "sh", "-c", _READ_ONLY, "sh", str(tmp_path)]
    wrote = subprocess.run([*inside, "touch", "/policywatch"], capture_output=True, check=False)
    assert b"Read-only file system" in wrote.stderr
    port = free_port()
    (tmp_path / "config.toml").write_text(
        f'[web]\nport = {port}\n[samples]\nport = {free_port()}\nstep = "1s"\n'
        '[fetch]\nallow_networks = ["127.0.0.0/8"]\nper_host_delay = "0s"\n'
        '[daemon]\ntick = "0.1s"\n'
    )
    run = [sys.executable, "-c", "from monitor.cli import main; main()"]
    with (tmp_path / "log").open("wb") as stream:
        daemon = subprocess.Popen(
            [*inside, *run, "--config", "/mnt/config.toml", "run"],
            stdout=stream,
            stderr=stream,
            cwd="/",
            env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(Path.cwd())},
        )
    log = tmp_path / "log"
    try:
        end = time.monotonic() + 60
        while not (healthy(port) and log.read_text().count("result=first") >= 5):
            assert daemon.poll() is None, log.read_text()
            assert time.monotonic() < end, log.read_text()
            time.sleep(0.2)
    finally:
        daemon.terminate()
        code = daemon.wait(30)
    assert code == 0, log.read_text()
    assert "Read-only" not in log.read_text()
    assert (tmp_path / "policywatch.db").exists()
    assert not healthy(port)
