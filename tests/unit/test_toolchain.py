"""Programs: which Pulumi CLI is taken, what is built and how, what is said, and what a machine without Go is told."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest

from sandbox.toolchain import ToolchainError, available, binary, find_cli, go_tool, module_folders, pinned_version
from sandbox.toolchain.tools import PROGRAMS, TOOLS

pytestmark = pytest.mark.programs

# Answers like Go: a version, or a build that counts itself, notes its surroundings and writes what -o names.
GO = """#!/bin/sh
if [ "$1" = version ]; then echo "go version go1.99.0 linux/amd64"; exit 0; fi
echo built >> "$COUNTER"
echo "$GOFLAGS $*" > "$COUNTER.args"
sleep 0.2
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\necho v3.259.0\\n' > "$2"
chmod +x "$2"
"""


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A machine with nothing but the shell's tools: the folder that PATH begins with."""
    programs = tmp_path / "bin"
    programs.mkdir()
    for tool in ("sh", "sleep", "chmod"):
        (programs / tool).symlink_to(Path("/bin") / tool)
    monkeypatch.setenv("PATH", str(programs))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("COUNTER", str(tmp_path / "builds"))
    return programs


def install(folder: Path, name: str, text: str) -> Path:
    program = folder / name
    program.parent.mkdir(parents=True, exist_ok=True)
    program.write_text(text)
    program.chmod(0o755)
    return program


def cached(tmp_path: Path) -> Path:
    return tmp_path / "cache" / "odoo-azure" / f"pulumi-{pinned_version('pulumi')}"


@pytest.mark.parametrize("name", PROGRAMS)
def test_the_version_of_every_program_is_the_one_of_its_go_mod(name: str) -> None:
    pins = (TOOLS / PROGRAMS[name].folder / "go.mod").read_text()
    assert f"{PROGRAMS[name].module} {pinned_version(name)}\n" in pins.replace(" // indirect", "")
    assert re.fullmatch(r"v\d+\.\d+\.\d+", pinned_version(name))


def test_a_go_mod_without_the_pin_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "etcd").mkdir()
    (tmp_path / "etcd" / "go.mod").write_text("module x\n\ngo 1.26\n")
    with pytest.raises(ToolchainError, match="does not pin"):
        pinned_version("etcd", tmp_path)


def test_a_program_is_available_once_it_is_built(machine: Path) -> None:
    install(machine, "go", GO)
    assert not available("etcd", "kwok")
    assert go_tool("etcd", lambda _: None) == binary("etcd")
    assert not available("etcd", "kwok")
    go_tool("kwok", lambda _: None)
    assert available("etcd", "kwok")


def test_kubernetes_says_its_version_as_a_release_does(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", GO)
    go_tool("kube-apiserver", lambda _: None)
    version = pinned_version("kube-apiserver")
    arguments = (tmp_path / "builds.args").read_text().split()
    assert arguments[-1] == "k8s.io/kubernetes/cmd/kube-apiserver"
    stamp = "k8s.io/component-base/version.git"
    minor = version.split(".")[1]
    assert {f"{stamp}Version={version}", f"{stamp}Major=1", f"{stamp}Minor={minor}"} <= set(arguments)


def test_without_go_a_program_says_how_to_install_it(machine: Path) -> None:
    with pytest.raises(
        ToolchainError, match=r"no Go to build etcd v3\.\S+ with.*Go 1\.26 or newer.*go\.dev/doc/install"
    ):
        go_tool("etcd", pytest.fail)


def test_sources_of_modules_are_where_go_says(machine: Path) -> None:
    answer = '{"Path": "example.org/a", "Dir": "/a"}\n{"Path": "example.org/b", "Dir": "/b"}'
    install(
        machine,
        "go",
        f"""#!/bin/sh
        if [ "$1" = version ]; then echo go1.99.0; else printf '%s\\n' '{answer}'; fi""",
    )
    assert module_folders("crds", ["example.org/a", "example.org/b"]) == {
        "example.org/a": Path("/a"),
        "example.org/b": Path("/b"),
    }


def test_sources_that_cannot_be_had_are_an_error_that_says_why(machine: Path) -> None:
    install(
        machine,
        "go",
        """#!/bin/sh
        if [ "$1" = version ]; then echo go1.99.0; fi
        if [ "$1" = mod ]; then echo '{"Path": "a", "Error": "checksum mismatch"}'; exit 1; fi""",
    )
    with pytest.raises(ToolchainError, match="checksum mismatch"):
        module_folders("crds", ["a"])


def test_no_cli_and_no_go_says_how_to_install_either(machine: Path) -> None:
    said: list[str] = []
    with pytest.raises(ToolchainError) as caught:
        find_cli(said.append)
    for expected in ("no Pulumi CLI on PATH", "no Go", "pulumi.com/docs/install", "PulumiCommand.install", "go.dev"):
        assert expected in str(caught.value)
    assert said == []


def test_a_cli_on_path_is_used(machine: Path) -> None:
    program = install(machine, "pulumi", "#!/bin/sh\necho v3.300.1\n")
    found = find_cli(pytest.fail)
    assert (found.path, found.version) == (program, "3.300.1")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("#!/bin/sh\necho v3.100.0\n", "it says v3.100.0, and 3.190.0 or newer is needed"),
        ("#!/bin/sh\nexit 1\n", "it says nothing"),
        ("#!/nowhere/sh\n", "does not run"),
    ],
)
def test_a_cli_that_will_not_do_is_passed_over_for_the_cached_one(
    machine: Path, tmp_path: Path, text: str, why: str
) -> None:
    install(machine, "pulumi", text)
    kept = install(cached(tmp_path), "pulumi", "")
    said: list[str] = []
    assert find_cli(said.append).path == kept
    assert len(said) == 1
    assert why in said[0]


def test_go_builds_the_pinned_cli_once(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", GO)
    said: list[str] = []
    built = find_cli(said.append)
    assert (built.path, built.version) == (cached(tmp_path) / "pulumi", pinned_version("pulumi").removeprefix("v"))
    assert "about 3 to 5 min" in said[0]
    assert "Built pulumi" in said[1]
    arguments = (tmp_path / "builds.args").read_text()
    assert arguments.startswith("-mod=readonly build -trimpath")
    assert f"version.Version={pinned_version('pulumi')}" in arguments
    assert find_cli(pytest.fail) == built
    assert (tmp_path / "builds").read_text() == "built\n"


def test_two_at_once_build_once(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", GO)
    said: list[str] = []
    runs = [threading.Thread(target=find_cli, args=(said.append,)) for _ in range(2)]
    for run in runs:
        run.start()
    for run in runs:
        run.join()
    assert (tmp_path / "builds").read_text() == "built\n"
    assert any("waiting for it" in line for line in said)


def test_a_failed_build_leaves_nothing_and_names_its_log(machine: Path, tmp_path: Path) -> None:
    install(machine, "go", GO.replace("printf", "echo 'no space left' && exit 1; printf"))
    with pytest.raises(ToolchainError, match="no space left") as caught:
        find_cli(lambda _: None)
    assert str(cached(tmp_path) / "build.log") in str(caught.value)
    assert not list(cached(tmp_path).glob("pulumi*"))


@pytest.mark.parametrize(
    "version",
    [
        'echo "go version go1.19.3 linux/amd64"',
        'echo "go: go.mod requires go >= 1.26 (running go 1.22.1; GOTOOLCHAIN=local)" >&2; exit 1',
    ],
)
def test_a_go_that_is_too_old_is_an_error_of_its_own(machine: Path, version: str) -> None:
    install(machine, "go", f"#!/bin/sh\n{version}\n")
    with pytest.raises(ToolchainError, match=r"too old to build pulumi v3\S+ \(go.*1\.\d+") as caught:
        find_cli(lambda _: None)
    assert "Go 1.26 or newer" in str(caught.value)
