#!/usr/bin/env python3
"""Sets a checkout up: `python3 scripts/setup.py demo | lint | test | bench`.

Needs nothing but Python, so it starts on a bare Debian or macOS. It makes `.venv` and fills it from the lock
files by hash, fetches the npm packages that tests use (Node.js itself is a Python package here), and sees
to a Chromium. What was done is remembered with a hash of what it was made from, so a second run does nothing,
and two runs at the same time wait for each other.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
OLDEST, NEWEST = 11, 14  # minor versions of Python 3: what we support, and what has ready-made packages

CHROMIUMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAC_CHROMIUMS = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)


def main(step: str) -> None:
    """Bring the checkout to where `step` can run."""
    with (ROOT / ".venv.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        virtual_environment()
        python_packages("demo" if step == "demo" else "test")
        if step in ("lint", "test", "bench"):
            node_packages(ROOT)
        if step == "bench":
            node_packages(ROOT / "bench")
        if step in ("test", "bench"):
            chromium()


def virtual_environment() -> None:
    """Make `.venv`, or make it anew when it no longer runs (a moved checkout, an upgraded Python)."""
    if PYTHON.exists():
        probe = "import sys, pip; print(sys.prefix)"
        seen = subprocess.run([PYTHON, "-c", probe], capture_output=True, text=True, check=False)
        if seen.returncode == 0 and Path(seen.stdout.strip()) == VENV:
            return
    if importlib.util.find_spec("ensurepip") is None:  # Debian ships it apart
        package = f"python3.{sys.version_info.minor}-venv"
        if not debian_package(package):
            stop(f"Python's venv module is not installed. On Debian: apt-get install {package}")
    say("Making .venv")
    run([sys.executable, "-m", "venv", "--clear", str(VENV)])


def python_packages(lock_name: str) -> None:
    """Install a lock file and Gingham itself, editable."""
    build, lock = (ROOT / "requirements" / f"{name}.txt" for name in ("build", lock_name))
    stamp, wanted = VENV / f"{lock_name}.stamp", digest(build, lock, ROOT / "pyproject.toml")
    if reads(stamp) == wanted:
        return
    say(f"Installing Python packages ({lock.relative_to(ROOT)})")
    pip = [str(PYTHON), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    run([*pip, "--require-hashes", "-r", str(build)])
    # Without build isolation the packages that come as source are built by what the line above installed.
    run([*pip, "--no-build-isolation", "--require-hashes", "-r", str(lock)])
    run([*pip, "--no-build-isolation", "--no-deps", "--no-index", "--editable", str(ROOT)])
    stamp.write_text(wanted)


def node_packages(folder: Path) -> None:
    """Install a folder's package-lock.json with the npm of `.venv`; packages run no code of theirs."""
    stamp = folder / "node_modules" / ".stamp"
    wanted = digest(folder / "package.json", folder / "package-lock.json")
    if reads(stamp) == wanted:
        return
    say(f"Installing npm packages ({(folder / 'package-lock.json').relative_to(ROOT)})")
    run([str(VENV / "bin" / "npm"), "ci", "--ignore-scripts", "--loglevel=error"], cwd=folder)
    stamp.write_text(wanted)


def chromium() -> None:
    """See to a browser: the system's, else Debian's package, else Playwright's own download."""
    named = os.environ.get("GINGHAM_CHROMIUM")
    if named:
        if shutil.which(named) is None:
            stop(f"GINGHAM_CHROMIUM names no program: {named}")
        return
    if any(map(shutil.which, (*CHROMIUMS, *MAC_CHROMIUMS))) or debian_package("chromium"):
        return
    stamp, wanted = VENV / "chromium.stamp", digest(ROOT / "requirements" / "test.txt")
    if reads(stamp) == wanted:
        return
    say("Downloading Chromium")
    run([str(PYTHON), "-m", "playwright", "install", "chromium"])
    stamp.write_text(wanted)


def debian_package(name: str) -> bool:
    """Install a Debian package if this is a Debian and we may; say whether it is there now."""
    try:
        is_debian = "ID=debian" in Path("/etc/os-release").read_text().splitlines()
    except OSError:
        is_debian = False
    if not is_debian or os.geteuid() != 0:
        return False
    say(f"Installing Debian's {name}")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for arguments in (["update"], ["install", "--yes", "--no-install-recommends", name]):
        done = subprocess.run(
            ["apt-get", "-qq", *arguments], env=environment, capture_output=True, text=True, check=False
        )
        if done.returncode:
            print(done.stdout + done.stderr, file=sys.stderr)
            return False
    return True


def run(command: list[str], cwd: Path = ROOT) -> None:
    """Run quietly; on failure show everything and stop."""
    path = f"{VENV / 'bin'}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
    # Node.js trusts what the system trusts, as pip does, so that a company's own certificate works for both.
    environment = {**os.environ, "PATH": path, "NODE_USE_SYSTEM_CA": "1"}
    done = subprocess.run(
        command,
        cwd=cwd,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    if done.returncode:
        print(done.stdout, file=sys.stderr)
        stop(f"This failed: {' '.join(command)}")


def digest(*files: Path) -> str:
    """One hash of the files' contents, the checkout's place and the Python that made `.venv`."""
    seen = hashlib.sha256(f"{ROOT}\0{(VENV / 'pyvenv.cfg').read_text()}".encode())
    for file in files:
        seen.update(file.read_bytes() + b"\0")
    return seen.hexdigest()


def reads(file: Path) -> str | None:
    return file.read_text() if file.exists() else None


def say(line: str) -> None:
    print(line, flush=True)


def stop(reason: str) -> None:
    sys.exit(f"\n{reason}")


def with_a_python_that_will_do() -> None:
    """Continue under the newest supported Python on the PATH when this one is too old or too new."""
    if OLDEST <= sys.version_info.minor <= NEWEST:
        return
    for minor in range(NEWEST, OLDEST - 1, -1):
        other = shutil.which(f"python3.{minor}")
        # A version manager's stand-in may be on the PATH for a version that is not there: ask it.
        if other and subprocess.run([other, "-c", ""], capture_output=True, check=False).returncode == 0:
            os.execv(other, [other, *sys.argv])
    found = f"{sys.version_info.major}.{sys.version_info.minor}"
    stop(f"Gingham needs Python 3.{OLDEST} to 3.{NEWEST}; found {found} at {sys.executable}.")


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] not in ("demo", "lint", "test", "bench"):
        sys.exit("usage: scripts/setup.py demo | lint | test | bench")
    with_a_python_that_will_do()
    main(sys.argv[1])
