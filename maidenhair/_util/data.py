"""Find the data files that the code reads at run time: manifests, Go modules, stand-ins, files beside modules.

A wheel carries the checkout's folders in `maidenhair/data`. An editable install reads them from the checkout.
Other programs read these files too, so they must lie on a disk: maidenhair cannot be imported from a zip archive.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from maidenhair.errors import MaidenhairError

PACKAGE = "maidenhair"
CARRIED = "data"


def data_folder(name: str) -> Path:
    """Return a data folder: the wheel's copy if there is one, otherwise the checkout's.

    Args:
        name: the path from the root of the checkout, such as "toolchain" or "manifests/rbac".

    Raises:
        MaidenhairError: this installation has no such folder.

    Example:
        >>> (data_folder("toolchain") / "releases.toml").is_file()
        True
    """
    package = package_folder(PACKAGE)
    carried = package / CARRIED
    folder = (carried if carried.is_dir() else package.parent) / name
    if not folder.is_dir():
        raise MaidenhairError(f"data folder {folder} is missing; reinstall maidenhair")
    return folder


def package_folder(package: str) -> Path:
    """Return the folder that holds a package's modules.

    Args:
        package: the package's dotted name, such as the caller's `__package__`.

    Example:
        >>> (package_folder("maidenhair._util") / "data.py").is_file()
        True
    """
    return Path(str(files(package)))
