"""libcoveocds over a package on standard input, in the environment that `build` makes; JSON of what it found.

    check.py FOLDER      with the official schemas (schema-1.1.5) and the bids extension (extensions/bids-v1.1.5)

It would fetch them from the network. Whatever it asks for is answered out of the folder, and nothing else.
"""

from __future__ import annotations

import io
import json
import sys
import tempfile
import warnings
import zipfile
from pathlib import Path
from typing import Any

import requests
import urllib3
from libcoveocds.api import ocds_json_output
from libcoveocds.config import LibCoveOCDSConfig
from requests.adapters import HTTPAdapter

SCHEMA = "https://standard.open-contracting.org/schema/1__1__5/"
BIDS = "https://github.com/open-contracting-extensions/ocds_bid_extension/archive/v1.1.5.zip"
TOLD = (
    "validation_errors",
    "additional_closed_codelist_values",
    "deprecated_fields",
    "extensions",
    "conformance_errors",
    "additional_checks",
    "additional_fields",
)


class Here(HTTPAdapter):  # type: ignore[misc, unused-ignore]
    """Answers out of the folder."""

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder

    def send(self, request: Any, *_: Any, **__: Any) -> Any:
        """What stands there, or 404."""
        address, body = str(request.url), None
        name = address.removeprefix(SCHEMA)
        if address == BIDS:
            body = zipped(self._folder / "extensions/bids-v1.1.5", "ocds_bid_extension-1.1.5/")
        elif name != address and (self._folder / "schema-1.1.5" / name).is_file():
            body = (self._folder / "schema-1.1.5" / name).read_bytes()
        status, reason = (404, "not here") if body is None else (200, "OK")
        raw = urllib3.HTTPResponse(
            io.BytesIO(body or b""), status=status, reason=reason, preload_content=False, request_url=address
        )
        return self.build_response(request, raw)


def zipped(folder: Path, top: str, below: str = "") -> bytes:
    """The files of a folder as GitHub zips them: below one folder, which comes first."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w") as archive:
        archive.writestr(top, "")
        for path in sorted(folder.rglob("*")):
            if path.is_file():
                archive.write(path, top + below + str(path.relative_to(folder)))
    return made.getvalue()


def main(folder: Path) -> None:
    """Check what stands on standard input."""
    warnings.simplefilter("ignore")
    requests.Session.get_adapter = lambda *_, **__: Here(folder)  # type: ignore[method-assign, assignment, unused-ignore]
    with tempfile.TemporaryDirectory() as name:
        standard = Path(name) / "standard.zip"
        standard.write_bytes(zipped(folder / "schema-1.1.5", "standard/", "schema/"))
        config = LibCoveOCDSConfig({"standard_zip": standard.as_uri(), "context": "api"})
        found = ocds_json_output(name, json_data=json.load(sys.stdin), lib_cove_ocds_config=config)
    json.dump({name: found.get(name) for name in TOLD}, sys.stdout, default=str)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
