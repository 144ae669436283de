"""The contract of components, read from their source: what holds for all of them, whoever wrote them."""

from __future__ import annotations

import ast
import dataclasses
import importlib
import inspect
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pulumi
import pytest

import components
from components.base import Component, Placement

ROOT = Path(__file__).parents[3]
LONGEST_FILE_LINES = 300
LONGEST_CONSTRUCTOR_LINES = 40
MOST_ARGUMENTS = 10
# It makes the groups that every placement is in, and takes what it makes them of.
WITHOUT_PLACEMENT = {"ResourceGroupsArgs"}


def modules(package: ModuleType) -> Iterator[ModuleType]:
    yield package
    for found in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
        yield importlib.import_module(found.name)


def own_classes(module: ModuleType) -> list[type]:
    return [each for _, each in inspect.getmembers(module, inspect.isclass) if each.__module__ == module.__name__]


MODULES = list(modules(components))
PACKAGES = [module for module in MODULES if hasattr(module, "__path__")]
COMPONENTS = [
    each for module in MODULES for each in own_classes(module) if issubclass(each, Component) and each is not Component
]
DATACLASSES = [
    each
    for module in MODULES
    for each in own_classes(module)
    if dataclasses.is_dataclass(each) and not each.__name__.startswith("_")
]


def test_there_is_something_to_check() -> None:
    assert len(COMPONENTS) >= 20
    assert len(DATACLASSES) >= 40


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_component_takes_a_name_its_arguments_and_options(component: type[Component]) -> None:
    parameters = list(inspect.signature(component.__init__, eval_str=True).parameters.values())[1:]
    assert [parameter.name for parameter in parameters] == ["name", "args", "opts"]
    name, args, opts = parameters
    assert name.annotation is str
    assert args.annotation.__name__ == f"{component.__name__}Args"
    assert opts.annotation == pulumi.ResourceOptions | None
    assert opts.default is None


@pytest.mark.parametrize("component", COMPONENTS)
def test_a_constructor_is_short_and_ends_with_finish(component: type[Component]) -> None:
    (class_,) = ast.parse(inspect.getsource(component)).body
    assert isinstance(class_, ast.ClassDef)
    (init,) = (node for node in class_.body if isinstance(node, ast.FunctionDef) and node.name == "__init__")
    assert init.end_lineno is not None
    assert init.end_lineno - init.body[0].lineno < LONGEST_CONSTRUCTOR_LINES
    last = init.body[-1]
    assert isinstance(last, ast.Expr)
    assert ast.unparse(last).startswith("self.finish(")


@pytest.mark.parametrize("class_", [each for each in DATACLASSES if each.__name__.endswith("Args")])
def test_arguments_start_with_the_placement_and_are_few(class_: type) -> None:
    fields = dataclasses.fields(class_)
    assert len(fields) <= MOST_ARGUMENTS
    if class_.__name__ not in WITHOUT_PLACEMENT:
        assert fields[0].name == "placement"
        assert fields[0].type == Placement.__name__


@pytest.mark.parametrize("class_", DATACLASSES)
def test_what_is_handed_over_is_frozen_named_and_documented(class_: type) -> None:
    assert class_.__dataclass_params__.frozen  # type: ignore[attr-defined]  # dataclasses keep it there
    assert all(field.kw_only for field in dataclasses.fields(class_))
    documented = re.findall(r"^ {4,8}(\w+): ", class_.__doc__ or "", re.MULTILINE)
    assert set(documented) >= {field.name for field in dataclasses.fields(class_)}


@pytest.mark.parametrize("component", COMPONENTS)
def test_attributes_are_documented_and_few(component: type[Component]) -> None:
    attributes = [name for name in inspect.get_annotations(component) if not name.startswith("_")]
    documented = re.findall(r"^ {4,8}(\w+): ", component.__doc__ or "", re.MULTILINE)
    assert set(documented) >= set(attributes)


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_names_all_that_is_public_in_it(package: ModuleType) -> None:
    """Either it exports the components and all that their arguments are made of, or it says which module has them."""
    inside = [module for module in MODULES if module.__name__.rpartition(".")[0] == package.__name__]
    if hasattr(package, "__all__"):
        exported = {name: getattr(package, name) for name in package.__all__}
        parts = {each.__name__: each for module in inside for each in own_classes(module) if _is_public(each)}
        assert exported == parts
        assert list(package.__all__) == sorted(package.__all__)
    else:
        named = set(re.findall(r"`(\w+)`", package.__doc__ or ""))
        assert named >= {
            module.__name__.rpartition(".")[2]
            for module in inside
            if hasattr(module, "__all__") or set(own_classes(module)) & set(COMPONENTS)
        }


def _is_public(class_: type) -> bool:
    """Components, and whatever somebody who makes one must be able to name."""
    if class_ in COMPONENTS:
        return True
    sources = [inspect.getsource(each) for each in DATACLASSES if each.__name__.endswith("Args")]
    return any(re.search(rf"\b{class_.__name__}\b", source) for source in sources)


@pytest.mark.parametrize("folder", ["components", "stacks", "policies", "sandbox"])
def test_files_stay_of_a_size_that_one_can_read(folder: str) -> None:
    lengths = {
        str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines())
        for path in (ROOT / folder).rglob("*.py")
    }
    assert {path: lines for path, lines in lengths.items() if lines > LONGEST_FILE_LINES} == {}
