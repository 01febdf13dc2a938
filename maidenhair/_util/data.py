"""Find the files that the code reads at run time: manifests, Go modules, stand-ins, and those that lie beside code.

A wheel carries the checkout's folders in `maidenhair/data`; an editable install reads them where they are edited.
Files have to lie on a disk, because other programs read them: maidenhair cannot be imported from a zip archive.
"""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from maidenhair.errors import MaidenhairError

PACKAGE = "maidenhair"
PACKAGED = "data"


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
    places = (package / PACKAGED / name, package.parent / name)
    for place in places:
        if place.is_dir():
            return place
    raise MaidenhairError(
        f"maidenhair's folder {name} is neither {places[0]} nor {places[1]}; install maidenhair again"
    )


def package_folder(package: str) -> Path:
    """Return the folder of a package, for a file that lies beside its modules.

    Args:
        package: the package, such as the caller's `__package__`.
    """
    return Path(str(files(package)))
