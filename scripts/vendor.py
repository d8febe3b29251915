"""Re-makes static/vendor from the exact npm packages pinned in tests/js, with a manifest of checksums."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import orjson

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / "tests" / "js"
VENDOR = ROOT / "static" / "vendor"
MANIFEST = "VENDOR.json"


@dataclass(frozen=True, kw_only=True, slots=True)
class Package:
    """One npm package; `copied` maps our names to its paths, `bundled` names an esbuild output.

    `taken` names the only exports that a bundle keeps; empty keeps all.
    """

    name: str
    license_id: str
    license_file: str
    copied: tuple[tuple[str, str], ...] = ()
    bundled: str = ""
    taken: tuple[str, ...] = ()


PACKAGES = (
    Package(
        name="maplibre-gl",
        license_id="BSD-3-Clause",
        license_file="LICENSE.txt",
        copied=(
            ("maplibre-gl.mjs", "dist/maplibre-gl.mjs"),
            ("maplibre-gl-worker.mjs", "dist/maplibre-gl-worker.mjs"),
            ("maplibre-gl.css", "dist/maplibre-gl.css"),
        ),
    ),
    Package(name="pmtiles", license_id="BSD-3-Clause", license_file="LICENSE", bundled="pmtiles.mjs"),
    Package(name="fflate", license_id="MIT", license_file="LICENSE"),
    Package(
        name="h3-js",
        license_id="Apache-2.0",
        license_file="LICENSE",
        bundled="h3-js.mjs",
        taken=("cellToBoundary", "cellToLatLng", "latLngToCell"),
    ),
    Package(
        name="uplot",
        license_id="MIT",
        license_file="LICENSE",
        copied=(("uplot.css", "dist/uPlot.min.css"),),
        bundled="uplot.mjs",
        taken=("default",),
    ),
)


def main() -> int:
    """Installs, copies, bundles, and writes the manifest; returns the exit status."""
    run("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
    VENDOR.mkdir(parents=True, exist_ok=True)
    entries = [vendor_package(package) for package in PACKAGES]
    (VENDOR / MANIFEST).write_bytes(
        orjson.dumps({"packages": entries}, option=orjson.OPT_INDENT_2 | orjson.OPT_APPEND_NEWLINE)
    )
    return 0


def vendor_package(package: Package) -> dict[str, object]:
    """Takes one package's files; returns its entry for the manifest."""
    source = TOOLS / "node_modules" / package.name
    names = [f"{package.name}.LICENSE.txt"]
    shipped = source / package.license_file
    if shipped.exists():  # pmtiles ships none: its text is kept here by hand
        shutil.copyfile(shipped, VENDOR / names[0])
    for name, path in package.copied:
        shutil.copyfile(source / path, VENDOR / name)
        names.append(name)
    if package.bundled:
        bundle(package, VENDOR / package.bundled)
        names.append(package.bundled)
    version = orjson.loads((source / "package.json").read_bytes())["version"]
    files = [describe(VENDOR / name) for name in names]
    return {"name": package.name, "version": version, "license": package.license_id, "files": files}


def bundle(package: Package, target: Path) -> None:
    """Bundles a package into one module: what it imports by bare name a browser cannot resolve."""
    options = ("--bundle", "--minify", "--format=esm", "--target=es2022", f"--outfile={target}")
    if not package.taken:
        run("npx", "esbuild", package.name, *options)
        return
    run("npx", "esbuild", *options, text=f"export {{ {', '.join(package.taken)} }} from '{package.name}';")


def describe(path: Path) -> dict[str, object]:
    """A file's line in the manifest."""
    data = path.read_bytes()
    return {"path": path.name, "bytes": len(data), "sha256": hashlib.sha256(data).hexdigest()}


def run(*command: str, text: str = "") -> None:
    """Runs a tool inside tests/js with `text` on its input; its failure ends the program."""
    program = shutil.which(command[0])
    if program is None:
        sys.exit(f"vendor: {command[0]} is not installed")
    given = text.encode() if text else None
    subprocess.run([program, *command[1:]], cwd=TOOLS, check=True, input=given)


if __name__ == "__main__":
    sys.exit(main())
