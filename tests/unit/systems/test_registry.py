"""How systems are found by name, and what is said of those that cannot be had."""

from __future__ import annotations

import sys
from pathlib import Path
from textwrap import dedent

import pytest
from behave.configuration import Configuration
from behave.runner import Context, ModelRunner

from maidenhair.config import Settings
from maidenhair.errors import ConfigurationError
from maidenhair.systems.deployment import Systems
from maidenhair.systems.registry import RESERVED, known_systems, load_run_settings, load_systems
from maidenhair.systems.system import System

GEARS = """
from maidenhair.systems.capability import Capability
from maidenhair.systems.system import System


class Gears(System):
    name = "gears"

    def capabilities(self):
        return [Capability("turning", "Gears turn.", lambda findings: None)]


class Namesake(System):
    name = "gears"


class Wheels(System):
    name = "wheels"

    def capabilities(self):
        return Gears().capabilities()


class Nameless(System):
    pass


class Hyphenated(System):
    name = "big-gears"


class Sprocket(System):
    name = "sprocket"

    def recipes(self):
        return {"oil": None}

    def mounts(self):
        return {"/oil": "oil"}


class Chain(System):
    name = "chain"

    def recipes(self):
        return {"oil": None}


class Pedal(System):
    name = "pedal"

    def mounts(self):
        return {"/oil": "oil"}


class Keyword(System):
    name = "lambda"


class Scenario(System):
    name = "scenario"


class Stranger:
    name = "stranger"
"""


@pytest.fixture(autouse=True)
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Work in the folder of a project with the module `gears_system`, which is in no package."""
    (tmp_path / "gears_system.py").write_text(GEARS)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", sys.path[:])
    monkeypatch.delitem(sys.modules, "gears_system", raising=False)
    return tmp_path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a package installed that makes systems known, one of which needs what is not there."""
    site = tmp_path / "site"
    about = site / "gears-1.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: gears\nVersion: 1\n")
    (about / "entry_points.txt").write_text(
        dedent(
            """
            [maidenhair.systems]
            gears = packaged_gears:Gears
            rusty = rusty_gears:Gears
            lost = packaged_gears:Lost
            """
        )
    )
    (site / "packaged_gears.py").write_text(GEARS)
    (site / "rusty_gears.py").write_text("import no_such_oil\n")
    monkeypatch.syspath_prepend(str(site))


def refusal(*names: str) -> str:
    with pytest.raises(ConfigurationError) as caught:
        load_systems(names)
    return str(caught.value)


def test_the_systems_of_this_package_are_known() -> None:
    assert {"devices", "skytorch"} <= set(known_systems())


def test_nothing_is_active_by_default(project: Path, installed: None) -> None:
    assert "gears" in known_systems()
    settings = load_run_settings(environment={}, pyproject=project / "pyproject.toml")
    assert settings.systems == ()
    assert Systems.of(settings).active == ()
    assert Systems.of(Settings()).active == ()


def test_a_project_activates_systems_and_has_their_settings(project: Path, installed: None) -> None:
    pyproject = project / "pyproject.toml"
    pyproject.write_text('[tool.maidenhair]\nsystems = ["gears", "devices"]\n')
    settings = load_run_settings(environment={}, pyproject=pyproject)
    assert settings.systems == ("gears", "devices")
    assert [each.name for each in Systems.of(settings).active] == ["gears", "devices"]
    assert set(settings.system_settings) == {"gears", "devices"}


def test_an_installed_system_is_loaded_once_and_in_the_order_of_the_names(installed: None) -> None:
    first, second = load_systems(["devices", "gears", "devices"])
    assert (first.name, second.name) == ("devices", "gears")
    assert isinstance(second, System)


def test_a_class_of_the_current_folder_needs_no_package() -> None:
    [system] = load_systems(["gears_system:Gears"])
    assert system.name == "gears"


def test_an_unknown_system_is_refused_with_those_that_are_known(installed: None) -> None:
    text = refusal("geers")
    assert "systems: there is no system 'geers'; installed systems: devices, gears" in text
    assert "skytorch" in text
    assert "Install the package that contains it, or name its class as module:Class" in text


def test_a_system_that_needs_what_is_not_there_is_refused_with_the_error(installed: None) -> None:
    text = refusal("rusty")
    assert "'rusty' (rusty_gears:Gears) could not be imported: ModuleNotFoundError: " in text
    assert "No module named 'no_such_oil'; install its dependencies" in text
    assert "pip install maidenhair[rusty]" in text


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("lost", "AttributeError: module 'packaged_gears' has no attribute 'Lost'"),
        ("gears_system:Lost", "AttributeError: module 'gears_system' has no attribute 'Lost'"),
        ("no_such_module:Gears", "No module named 'no_such_module'"),
    ],
)
def test_a_class_that_is_not_there_is_an_error_of_import(
    installed: None, name: str, error: str
) -> None:
    text = refusal(name)
    assert "could not be imported: " in text
    assert error in text


@pytest.mark.parametrize("name", ["gears_system:Stranger", "gears_system:GEARS"])
def test_what_is_no_class_of_systems_is_refused(project: Path, name: str) -> None:
    (project / "gears_system.py").write_text(GEARS + "\nGEARS = Gears()\n")
    assert f"'{name}' ({name}) is not a subclass of maidenhair.System" in refusal(name)


@pytest.mark.parametrize("kind", ["Nameless", "Hyphenated", "Keyword"])
def test_a_system_needs_a_name_that_steps_can_write(kind: str) -> None:
    name = f"gears_system:{kind}"
    assert (
        f"'{name}' ({name}) needs a class attribute `name` that is a Python identifier"
        in refusal(name)
    )


def test_two_systems_of_one_name_are_refused() -> None:
    text = refusal("gears_system:Gears", "gears_system:Namesake")
    assert "'gears' and 'gears' both have the name 'gears'; activate one of them" in text


def test_two_systems_with_one_capability_are_refused() -> None:
    text = refusal("gears_system:Gears", "gears_system:Wheels")
    assert "'gears' and 'wheels' both have the capability 'turning'; activate one" in text


@pytest.mark.parametrize(
    ("other", "what"), [("Chain", "the recipe of the image 'oil'"), ("Pedal", "the mount '/oil'")]
)
def test_two_systems_with_one_image_or_one_mount_are_refused(other: str, what: str) -> None:
    text = refusal("gears_system:Sprocket", f"gears_system:{other}")
    assert f"'sprocket' and '{other.lower()}' both have {what}; activate one of them" in text


def test_a_system_cannot_take_a_name_of_the_context() -> None:
    assert (
        "is named 'scenario', but `context.scenario` has another meaning in steps; choose another"
        in refusal("gears_system:Scenario")
    )


def test_every_public_attribute_of_the_context_is_a_reserved_name() -> None:
    context = Context(ModelRunner(Configuration(command_args=[], load_config=False)))
    names = {*dir(Context), *context._root}
    assert {each for each in names if each[0].islower()} <= RESERVED
