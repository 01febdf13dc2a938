"""A YAML loader that resolves plain scalars as kubectl does.

kubectl uses sigs.k8s.io/yaml, which follows YAML 1.1 except for dates, times and base 60, which stay text. PyYAML
follows YAML 1.1 with other exceptions, for example it fails on the plain scalar `=`.
"""

from __future__ import annotations

import base64
import re
from typing import Any, ClassVar

import yaml

_TRUE = ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "true", "True", "TRUE")
_FALSE = ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "false", "False", "FALSE")
_INTEGER = re.compile(
    r"[-+]?(?:0[xX]_*[0-9a-fA-F][0-9a-fA-F_]*|0[bB]_*[01][01_]*|0[oO]_*[0-7][0-7_]*|[0-9][0-9_]*)$"
)
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9][0-9_]*(?:\.[0-9_]*)?)(?:[eE][-+]?[0-9]+)?$")
_INFINITE = re.compile(r"(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$")
_TAG = "tag:yaml.org,2002:"
_SCALAR_KEYS = (f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float")
# Beyond it, Go prints a float with an exponent, so that it stays a float in JSON.
_LARGEST_INTEGRAL_FLOAT = 1e21

# The C loader, where it is installed, takes a tenth of the time for megabytes of definitions.
_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class KubectlLoader(_Base):  # type: ignore[misc]
    """Loads YAML into the values that kubectl would send to the API server."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {}

    def construct_mapping(self, node: Any, deep: bool = False) -> Any:
        """Construct a mapping whose keys are text, as in JSON."""
        self.flatten_mapping(node)
        node.value = [(self._text_of(key), value) for key, value in node.value]
        return super().construct_mapping(node, deep)

    def _text_of(self, key: Any) -> Any:
        if key.tag not in _SCALAR_KEYS:
            return key
        value = self.construct_object(key)
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return yaml.ScalarNode(f"{_TAG}str", text, key.start_mark, key.end_mark)


def _resolve_plain_scalars() -> None:
    def words(each: tuple[str, ...]) -> re.Pattern[str]:
        return re.compile(f"(?:{'|'.join(map(re.escape, each))})$")

    digits = list("-+0123456789")
    for tag, pattern, first in (
        ("bool", words(_TRUE + _FALSE), list("yYnNtTfFoO")),
        ("null", re.compile(r"(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""]),
        ("merge", re.compile("<<$"), ["<"]),
        ("int", _INTEGER, digits),
        ("float", _FLOAT, [*digits, "."]),
        ("float", _INFINITE, list("-+.")),
    ):
        KubectlLoader.add_implicit_resolver(_TAG + tag, pattern, first)


def _bool(loader: Any, node: Any) -> bool:
    return loader.construct_scalar(node) in _TRUE


def _number(loader: Any, node: Any) -> int | float:
    text = loader.construct_scalar(node).replace("_", "")
    if _INTEGER.match(text):
        try:
            return _integer(text)
        except ValueError:
            # Digits such as 08, which are no octal number. kubectl reads them as a float.
            pass
    try:
        number = float(re.sub(r"^([-+]?)\.(inf|nan)$", r"\1\2", text.lower()))
    except ValueError:
        problem = f"{text!r} is not a number"
        raise yaml.constructor.ConstructorError(None, None, problem, node.start_mark) from None
    is_integral = number.is_integer() and abs(number) < _LARGEST_INTEGRAL_FLOAT
    return int(number) if is_integral else number


def _integer(text: str) -> int:
    digits = text.lstrip("+-").lower()
    octal = len(digits) > 1 and digits.startswith("0") and digits[1].isdigit()
    number = int(digits, 8) if octal else int(digits, 0)
    return -number if text.startswith("-") else number


def _binary(loader: Any, node: Any) -> str:
    return base64.b64decode(loader.construct_scalar(node)).decode("utf-8", errors="replace")


def _untagged(loader: Any, _: str, node: Any) -> Any:
    """Ignore a tag that only an application knows, as kubectl does."""
    if isinstance(node, yaml.ScalarNode):
        return loader.construct_scalar(node)
    if isinstance(node, yaml.SequenceNode):
        return loader.construct_sequence(node, deep=True)
    return loader.construct_mapping(node, deep=True)


_resolve_plain_scalars()
KubectlLoader.add_constructor(f"{_TAG}bool", _bool)
KubectlLoader.add_constructor(f"{_TAG}int", _number)
KubectlLoader.add_constructor(f"{_TAG}float", _number)
KubectlLoader.add_constructor(f"{_TAG}binary", _binary)
KubectlLoader.add_constructor(f"{_TAG}timestamp", yaml.SafeLoader.construct_yaml_str)
# As a value, `<<` is text. As a key, the loader merges.
KubectlLoader.add_constructor(f"{_TAG}merge", yaml.SafeLoader.construct_yaml_str)
KubectlLoader.add_multi_constructor("!", _untagged)
