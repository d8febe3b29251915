"""Sanxun (三巡): the program. `python run.py --help` lists what it can do."""

from __future__ import annotations

import os
import sys

from tracker.cli.main import main

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
