"""A token of SoftHSM2 in a folder of its own, for tests of keys behind PKCS#11."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pkcs11

from conftest import absent

MODULE = "/usr/lib/softhsm/libsofthsm2.so"
PIN = "1234"


def token(folder: Path, label: str, *more: list[str]) -> None:
    """A new token in the library that this process has; skipped where SoftHSM2 is not installed.

    The library reads its settings and looks for tokens once a process: every token of the process stands in the first
    one's folder, and the library begins anew, so that it sees this one too.
    """
    if not Path(MODULE).exists() or shutil.which("softhsm2-util") is None:
        absent("SoftHSM2 is not installed: tools/install-test-servers")
    if "SOFTHSM2_CONF" not in os.environ:
        (folder / "tokens").mkdir()
        (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\n")
        os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    first = ["--init-token", "--free", "--label", label, "--so-pin", "0000", "--pin", PIN]
    for words in (first, *more):
        subprocess.run(["softhsm2-util", *words], check=True, capture_output=True)
    pkcs11.lib(MODULE).reinitialize()
