"""Read manifests from files and text as kubectl reads them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from maidenhair.errors import ConfigurationError
from maidenhair.kube.manifests.checking import Place, check_documents
from maidenhair.kube.manifests.kubectl_yaml import KubectlLoader

SUFFIXES = (".json", ".yaml", ".yml")
_SEPARATOR = re.compile(r"^---[ \t]*(?:#.*)?\r?$", re.MULTILINE)


def read_manifests(*paths: Path | str) -> list[dict[str, Any]]:
    """Read manifests from files, and from the files of folders, as `kubectl apply -f` reads them.

    Plain scalars have the types that kubectl gives them: dates stay text, `0644` is an octal number. Lists are replaced
    by their items, and empty documents are left out.

    Args:
        paths: files, or folders whose `.yaml`, `.yml` and `.json` files are read in the order of their names.

    Returns:
        The manifests in the order of the files. Errors of `apply_all` name the file and the document.

    Raises:
        ConfigurationError: a file cannot be read, or documents are no objects. The text names the file, the number
            and the line of each, and says what to do.

    Example:
        >>> path = folder / "colours.yaml"
        >>> _ = path.write_text("{apiVersion: v1, kind: ConfigMap, metadata: {name: colours}, data: {day: 2026-11-29}}")
        >>> [made] = kube.apply_all(read_manifests(path))
        >>> made["data"]
        {'day': '2026-11-29'}
    """
    documents: list[tuple[Place, Any]] = []
    problems: list[str] = []
    for file in _files(paths):
        try:
            # As bytes, because the encoding of the lines' ends matters to nobody else.
            text = file.read_bytes().decode("utf-8-sig")
        except (OSError, UnicodeDecodeError) as error:
            problems.append(f"{file}: {_reason(error)}")
            continue
        documents += _documents(text, str(file), problems)
    return check_documents(documents, problems)


def parse_documents(text: str, source: str) -> list[dict[str, Any]]:
    """Return the documents of a text that are not empty, with the values that kubectl would read.

    Args:
        text: YAML documents, or JSON objects one after the other.
        source: a name of the text for messages, for example a path.

    Raises:
        ConfigurationError: documents cannot be parsed; the text names each of them.
    """
    problems: list[str] = []
    found = [content for _, content in _documents(text, source, problems) if content]
    if problems:
        raise ConfigurationError("\n  ".join(["cannot use manifests:", *problems]))
    return found


def _files(paths: tuple[Path | str, ...]) -> Iterator[Path]:
    for path in map(Path, paths):
        if not path.is_dir():
            yield path
            continue
        found = sorted(each for each in path.iterdir() if each.suffix in SUFFIXES)
        if not found:
            raise ConfigurationError(
                f"{path}: no manifests: the folder has no file *.yaml or *.json"
            )
        yield from found


def _documents(text: str, source: str, problems: list[str]) -> Iterator[tuple[Place, Any]]:
    """Yield the documents of a text. Append a problem for each that cannot be parsed, and go on after it."""
    number = 0
    for begin, part in _parts(text):
        line = begin + part[: len(part) - len(part.lstrip())].count("\n")
        first = Place(source, number + 1, line)
        try:
            loaded = _load(part)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            problems.append(f"{first}: {_reason(error, begin)}")
            loaded = [None]
        for content in loaded:
            number += 1
            yield Place(source, number, line), content


def _parts(text: str) -> Iterator[tuple[int, str]]:
    """Yield the texts between separators, each with the number of its first line, counted from 1."""
    begin, is_first = 0, True
    for separator in [*_SEPARATOR.finditer(text), None]:
        part = text[begin : separator.start() if separator else len(text)]
        # A separator at the beginning ends no document.
        if not is_first or _has_content(part):
            yield text.count("\n", 0, begin) + 1, part
        is_first = False
        begin = separator.end() if separator else len(text)


def _has_content(part: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in part.splitlines())


def _load(part: str) -> list[Any]:
    if part.lstrip().startswith("{"):
        try:
            return list(_json_objects(part))
        except json.JSONDecodeError:
            # YAML in flow style also begins with a brace.
            pass
    return list(yaml.load_all(part, Loader=KubectlLoader)) or [None]


def _json_objects(part: str) -> Iterator[Any]:
    decoder, position = json.JSONDecoder(), 0
    rest = part.rstrip()
    while position < len(rest):
        position += len(rest[position:]) - len(rest[position:].lstrip())
        found, position = decoder.raw_decode(rest, position)
        yield found


def _reason(error: Exception, begin: int = 1) -> str:
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, OSError):
        return f"cannot be read: {error.strerror}"
    if isinstance(error, UnicodeDecodeError):
        return "cannot be read as UTF-8; save the file in that encoding"
    if isinstance(error, RecursionError):
        return "it is nested too deeply, or contains itself through an alias"
    if isinstance(error, yaml.MarkedYAMLError):
        mark = error.problem_mark
        place = f" in line {begin + mark.line}" if mark else ""
        context = f" {error.context}" if error.context else ""
        return f"invalid YAML{place}:{context} {error.problem}; correct that line".replace(
            "  ", " "
        )
    return f"invalid YAML: {' '.join(str(error).split())}"
