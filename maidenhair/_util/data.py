"""Find the files that the code reads at run time: manifests, Go modules, stand-ins, and those that lie beside code.

A wheel carries the checkout's folders in `maidenhair/data`; an editable install reads them where they are edited.
Files have to lie on a disk, because other programs read them: maidenhair cannot be imported from a zip archive.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from maidenhair.errors import MaidenhairError

PACKAGE = "maidenhair"
CARRIED = "data"


def data_folder(name: str) -> Path:
    """Return a folder of the checkout that the wheel carries as well.

    Args:
        name: the folder's path from the root of the checkout, such as "toolchain" or "manifests/rbac".

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
        raise MaidenhairError(f"maidenhair's folder {folder} is missing; install maidenhair again")
    return folder


def package_folder(package: str) -> Path:
    """Return the folder of a package, for a file that lies beside its modules.

    Args:
        package: the package, such as the caller's `__package__`.
    """
    return Path(str(files(package)))
