"""Chips of a vendor whose names are parts of its resources and annotations, for example of `huawei.com/Ascend910B4`."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping
from typing import Any


def chips_of(data: Mapping[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield the name and the data of each other chip that a vendor's data file describes.

    A chip has what the file says of the vendor's own chip, with the chip's name in place of that one's, and with the
    memory and the rules in its table.

    Args:
        data: the content of the data file.
    """
    own = data["sharing"]["type"]
    rest = {key: value for key, value in data.items() if key != "chips"}
    for chip, changes in data.get("chips", {}).items():
        made = _renamed(rest, own, chip)
        made["title"] = made["devices"]["model"] = chip
        made["devices"]["memory"] = changes["memory"]
        made["sharing"].setdefault("rules", {}).update(copy.deepcopy(changes.get("rules", {})))
        yield chip, made


def _renamed(value: Any, old: str, new: str) -> Any:
    if isinstance(value, str):
        return value.replace(old, new)
    if isinstance(value, list):
        return [_renamed(each, old, new) for each in value]
    if isinstance(value, dict):
        return {
            key.replace(old, new): _renamed(each, old, new)
            for key, each in value.items()
            if key != "templates"
        }
    return value
