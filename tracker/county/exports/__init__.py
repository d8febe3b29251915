"""The register as files: GeoJSON, Shapefile, CSV and XLSX, each of which the import reads back unchanged."""

from __future__ import annotations
