"""cloud-init: valid, small enough, the same every time, and without a secret."""

from __future__ import annotations

import base64
import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
import yaml

from components.machines.cloud_init import MAX_BYTES, MachineError, app_cloud_init, operations_cloud_init
from components.machines.host_files import INSTALL_AZNFS
from components.machines.model import CERTIFICATES_DIRECTORY, SECRETS_DIRECTORY
from components.odoo.configuration import odoo_conf
from components.odoo.pool import Pool
from tests.unit.machines.conftest import TEXTS, document, program, run, unpacked, written
from tests.unit.machines.examples import (
    ADMINISTRATION_IDENTITY,
    INGRESS_IDENTITY,
    ODOO_IDENTITY,
    OPERATIONS_IDENTITY,
    VAULT,
    app_machine,
    operations_machine,
)

pytestmark = pytest.mark.programs

# Modules of cloudinit.readthedocs.io/en/latest/reference/modules.html; the schema does not find a misspelt one.
KNOWN = {
    "apt",
    "disable_root",
    "package_update",
    "package_upgrade",
    "packages",
    "runcmd",
    "ssh_pwauth",
    "write_files",
}


def test_cloud_init_itself_finds_nothing_wrong(text: str, tmp_path: Path) -> None:
    file = tmp_path / "user-data"
    file.write_text(text)
    judged = run([program("cloud-init"), "schema", "--config-file", str(file)])
    assert (judged.returncode, judged.stdout) == (0, f"Valid cloud-config: {file}\n"), judged.stderr


def test_cloud_init_would_find_something_wrong(tmp_path: Path) -> None:
    file = tmp_path / "user-data"
    file.write_text("#cloud-config\npackages: auditd\n")
    assert run([program("cloud-init"), "schema", "--config-file", str(file)]).returncode == 1


def test_every_module_is_known_and_the_first_line_says_what_it_is(text: str) -> None:
    assert text.splitlines()[0] == "#cloud-config"
    assert set(document(text)) == KNOWN


def test_it_fits_with_room_for_longer_names(text: str) -> None:
    assert len(text.encode()) < MAX_BYTES - 4096


def test_what_is_too_large_for_azure_is_refused() -> None:
    many = tuple(f"10.{index // 256}.{index % 256}.0/24" for index in range(1000))
    with pytest.raises(MachineError, match=r"custom data of \d+ bytes; Azure takes 65535"):
        app_cloud_init(app_machine(client_ranges=many))


@pytest.mark.parametrize("name", TEXTS)
def test_the_same_machine_is_the_same_text(name: str) -> None:
    assert TEXTS[name]() == TEXTS[name]()


def test_each_file_is_written_once_and_by_root(text: str) -> None:
    made = document(text)["write_files"]
    paths = [file["path"] for file in made]
    assert len(set(paths)) == len(paths)
    assert {file["owner"] for file in made} == {"root:root"}
    assert {file["permissions"] for file in made} <= {"0644", "0640", "0600", "0755"}


def test_programs_arrive_as_they_are(text: str) -> None:
    made = written(text)
    for name in ("drain.py", "gate.py", "health.py", "secrets.py"):
        there = files("components.machines.host") / name
        assert made[f"/usr/local/lib/odoo-machine/{name}"] == there.read_text("utf-8")
    [archive] = [file["path"] for file in document(text)["write_files"] if file.get("encoding") == "b64"]
    folder = "/usr/local/lib/odoo-machine"
    assert document(text)["runcmd"][0] == ["tar", "--extract", "--bzip2", "--directory", folder, "--file", archive]


def test_tar_unpacks_the_programs(text: str, tmp_path: Path) -> None:
    [file] = [each for each in document(text)["write_files"] if each.get("encoding") == "b64"]
    archive = tmp_path / "programs.tar.bz2"
    archive.write_bytes(base64.b64decode(file["content"]))
    run([program("tar"), "--extract", "--bzip2", "--directory", str(tmp_path), "--file", str(archive)], timeout=10)
    there = {path.name: path.read_text() for path in tmp_path.glob("*.py")}
    assert there == unpacked(file["content"])
    assert set(there) == {"drain.py", "gate.py", "health.py", "secrets.py"}


def test_a_machine_starts_from_one_day_of_the_archive_and_patches_come_from_any(text: str, tmp_path: Path) -> None:
    conf = document(text)["apt"]["conf"].splitlines()
    assert 'APT::Snapshot "20261101T000000Z";' in conf
    assert 'APT::Periodic::Enable "0";' in conf
    commands = document(text)["runcmd"]
    [(at, (*command, path))] = [(at, each) for at, each in enumerate(commands) if each[0] == "sed"]
    assert at > commands.index([INSTALL_AZNFS])
    there = tmp_path / Path(path).name
    there.write_text("\n".join(conf) + "\n")
    run([program("sed"), *command[1:], str(there)], timeout=10)
    assert there.read_text().splitlines() == [line for line in conf if "Snapshot" not in line]


def test_nobody_logs_in_by_password(text: str) -> None:
    assert document(text)["ssh_pwauth"] is False
    sshd = written(text)["/etc/ssh/sshd_config.d/10-odoo.conf"].splitlines()
    assert {"PasswordAuthentication no", "KbdInteractiveAuthentication no", "PermitRootLogin no"} <= set(sshd)


def test_what_is_started_is_there(text: str) -> None:
    command = document(text)["runcmd"][-1]
    assert command[:4] == ["systemctl", "enable", "--now", "--no-block"]
    for unit in command[4:]:
        assert "[Install]" in written(text)[f"/etc/systemd/system/{unit}"], unit


def test_secrets_are_only_named(text: str) -> None:
    assert not re.search(r"(?i)-----BEGIN|password\s*[=:]\s*\S+\n|sig=|AccountKey", "\n".join(_without_programs(text)))


def _without_programs(text: str) -> list[str]:
    return [
        content for path, content in written(text).items() if not path.endswith((".py", "sshd_config.d/10-odoo.conf"))
    ]


def test_an_app_machine_knows_of_no_identity_but_its_own() -> None:
    text = app_cloud_init(app_machine())
    assert ODOO_IDENTITY in text
    assert ADMINISTRATION_IDENTITY not in text
    assert OPERATIONS_IDENTITY not in text


def test_an_app_machine_brings_its_login_its_session_keys_and_its_certificate() -> None:
    said = json.loads(written(app_cloud_init(app_machine()))["/etc/odoo-machine/secrets.json"])
    common = {"vault_uri": VAULT, "mode": "0400"}
    assert said == {
        "files": [
            {
                **common,
                "path": f"{SECRETS_DIRECTORY}/odoo/pg_service.conf",
                "kind": "service",
                "owner": "100:101",
                "secret": "acme-blue",
                "client_id": ODOO_IDENTITY,
                "user": "acme_blue",
            },
            {
                **common,
                "path": f"{SECRETS_DIRECTORY}/odoo/session_key",
                "kind": "text",
                "owner": "100:101",
                "secret": "acme-sessions",
                "client_id": ODOO_IDENTITY,
            },
            {
                **common,
                "path": f"{CERTIFICATES_DIRECTORY}/erp-acme",
                "kind": "pem",
                "owner": "65532:65532",
                "secret": "erp-acme",
                "client_id": INGRESS_IDENTITY,
            },
        ],
        "registry": {
            "host": "acracme.azurecr.io",
            "client_id": ODOO_IDENTITY,
            "config_file": "/run/odoo/docker/config.json",
        },
    }


@pytest.mark.parametrize(("generation", "user"), [(1, "acme_blue"), (2, "acme_green")])
def test_the_operations_machine_logs_in_as_the_role_whose_turn_it_is(generation: int, user: str) -> None:
    made = written(operations_cloud_init(operations_machine(generation=generation)))
    service, *passwords = json.loads(made["/etc/odoo-machine/secrets.json"])["files"]
    assert (service["user"], service["mode"], service["client_id"]) == (user, "0440", OPERATIONS_IDENTITY)
    assert {
        Path(each["path"]).name: (each["owner"], each["mode"], each["client_id"]) for each in passwords
    } == dict.fromkeys(("administrator", "blue", "green", "monitor"), ("65532:65532", "0400", ADMINISTRATION_IDENTITY))


def test_odoo_is_configured_as_on_a_cluster_but_for_its_identity_and_its_one_queue() -> None:
    machine = app_machine()
    made = written(app_cloud_init(machine))
    for pool in Pool:
        text = made[f"/etc/odoo-machine/odoo/{pool.value}.conf"]
        if pool is not Pool.QUEUE:
            assert text == odoo_conf(pool, machine.odoo)
    queue = made["/etc/odoo-machine/odoo/queue.conf"]
    assert "channels = root:4\n" in queue
    assert "host = queue\n" in queue


def test_health_is_traefik_and_odoo_and_of_operations_only_that_docker_runs() -> None:
    app = json.loads(written(app_cloud_init(app_machine()))["/etc/odoo-machine/health.json"])
    assert app == {
        "port": 8081,
        "checks": [{"url": "http://127.0.0.1:8080/ping"}, {"url": "http://127.0.0.1:8069/web/health"}],
    }
    operations = json.loads(written(operations_cloud_init(operations_machine()))["/etc/odoo-machine/health.json"])
    assert operations == {"port": 8081, "checks": [{"file": "/run/docker.sock"}]}


def test_every_folder_that_a_container_sees_is_made_or_mounted(text: str) -> None:
    made = written(text)
    folders = {line.split()[1] for line in made["/etc/tmpfiles.d/odoo.conf"].splitlines()} | {"/srv/odoo"}
    below = {str(Path(path).parent) for path in made}
    for name, service in yaml.safe_load(made["/etc/odoo-machine/compose.yaml"])["services"].items():
        for volume in service["volumes"]:
            source = volume.split(":")[0]
            assert source in made or source in folders or source in below, (name, source)


def test_shell_is_clean(folder: Path) -> None:
    scripts = [str(path) for path in folder.rglob("*.sh")]
    judged = run([program("shellcheck"), *scripts])
    assert (len(scripts), judged.returncode) == (1, 0), judged.stdout


def test_files_that_are_read_as_json_are_json(folder: Path) -> None:
    found = list(folder.rglob("*.json"))
    assert {path.name for path in found} == {"daemon.json", "health.json", "secrets.json"}
    for path in found:
        assert isinstance(json.loads(path.read_text()), dict)


def test_the_mount_helper_is_of_a_known_key_and_never_replaces_itself(text: str) -> None:
    script = written(text)["/usr/local/lib/odoo-machine/install-aznfs.sh"].splitlines()
    downloaded = next(index for index, line in enumerate(script) if "keys/microsoft.asc" in line)
    assert script[downloaded + 1].endswith("| sha256sum --check --status")
    assert script[-1] == "echo AUTO_UPDATE_AZNFS=false > /opt/microsoft/aznfs/data/config"
