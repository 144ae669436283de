"""What makes an Ubuntu 24.04 the host of these containers: its packages, its settings, what is written down."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Final

from components.machines.model import CERTIFICATES_DIRECTORY, ODOO_DIRECTORY, SECRETS_DIRECTORY, MachineFile
from components.machines.operations import USER as OPERATIONS_USER
from components.machines.paths import (
    DOCKER_CONFIG_DIRECTORY,
    MACHINE_FILE,
    ODOO_SECRETS,
    OPERATIONS_SECRETS,
    PROGRAMS,
    SCRATCH,
    WORK_DIRECTORY,
    scratch,
)
from components.machines.pools import ODOO_USER
from components.machines.traefik import FOLDER
from components.machines.traefik import USER as TRAEFIK_USER
from components.tenant.pods import GROUP_ID

PACKAGES: Final = ("auditd", "bzip2", "curl", "docker-compose-v2", "docker.io", "rsyslog")
"""Packages of Ubuntu's archive."""
TMPFILES: Final = "/etc/tmpfiles.d/odoo.conf"
INSTALL_AZNFS: Final = f"{PROGRAMS}/install-aznfs.sh"
APT_CONFIGURATION: Final = "/etc/apt/apt.conf.d/94cloud-init-config"
"""Where cloud-init writes what it is told of apt (its module cc_apt_configure)."""

# A range that nobody's network has: RFC 2544, for measurements. Docker's own are such as companies use.
_DOCKER_RANGE = "198.18.0.0/16"
# packages.microsoft.com/keys/microsoft.asc, as build files that pin it have it (e.g. azure.github.io/dalec/examples).
_MICROSOFT_KEY_SHA256 = "2cfd20a306b2fa5e25522d78f2ef50a1f429d35fd30bd983e2ebffc2b80944fa"

# Microsoft's archive has no snapshots, so apt asks for none there; what the package depends on comes from Ubuntu's.
# Without a person to ask, the package has its watchdog replace it while it is in use (github.com/Azure/AZNFS-mount,
# user_consent_for_auto_update): machines are replaced instead.
_INSTALL_AZNFS = f"""\
#!/bin/sh
# Installs the mount helper of encrypted NFS shares from Microsoft's archive.
set -eu
export AZNFS_NONINTERACTIVE_INSTALL=1 DEBIAN_FRONTEND=noninteractive
key=/usr/share/keyrings/microsoft.asc
list=/etc/apt/microsoft.list
curl --fail --silent --show-error --location --retry 5 --retry-connrefused --output "$key" \\
  https://packages.microsoft.com/keys/microsoft.asc
echo "{_MICROSOFT_KEY_SHA256}  $key" | sha256sum --check --status
echo "deb [arch=amd64 signed-by=$key] https://packages.microsoft.com/ubuntu/24.04/prod noble main" > "$list"
set -- -o Dir::Etc::sourcelist="$list" -o Dir::Etc::sourceparts=- -o APT::Get::List-Cleanup=0 -o APT::Snapshot=
cd "$(mktemp -d)"
apt-get "$@" update
apt-get "$@" download aznfs
apt-get install --yes ./aznfs_*.deb
echo AUTO_UPDATE_AZNFS=false > /opt/microsoft/aznfs/data/config
"""

# As the CIS Ubuntu Linux 24.04 LTS Benchmark has processes and networks of a host; forwarding is Docker's.
_SYSCTL = """\
fs.protected_fifos = 2
fs.protected_regular = 2
fs.suid_dumpable = 0
kernel.dmesg_restrict = 1
kernel.kptr_restrict = 2
kernel.unprivileged_bpf_disabled = 1
kernel.yama.ptrace_scope = 2
net.ipv4.conf.all.accept_redirects = 0
net.ipv4.conf.all.accept_source_route = 0
net.ipv4.conf.all.log_martians = 1
net.ipv4.conf.all.send_redirects = 0
net.ipv4.conf.default.accept_redirects = 0
net.ipv4.conf.default.accept_source_route = 0
net.ipv4.conf.default.send_redirects = 0
net.ipv4.tcp_syncookies = 1
net.ipv6.conf.all.accept_redirects = 0
net.ipv6.conf.all.accept_source_route = 0
"""

# sshd_config(5): the first value counts, and files are read by name.
_SSHD = """\
AllowAgentForwarding no
AllowTcpForwarding no
AuthenticationMethods publickey
KbdInteractiveAuthentication no
LogLevel VERBOSE
LoginGraceTime 30
MaxAuthTries 3
PasswordAuthentication no
PermitEmptyPasswords no
PermitRootLogin no
X11Forwarding no
"""

_AUDIT = f"""\
-w {ODOO_DIRECTORY} -p wa -k odoo-configuration
-w {PROGRAMS} -p wa -k odoo-programs
-w /run/docker.sock -p wa -k docker
-w /etc/docker -p wa -k docker
-w /etc/ssh -p wa -k sshd
-w /etc/sudoers -p wa -k sudo
-w /etc/sudoers.d -p wa -k sudo
-a always,exit -F arch=b64 -S execve -F path=/usr/bin/docker -F auid>=1000 -F auid!=unset -k docker
"""


def apt_configuration(snapshot: str) -> str:
    """What apt takes its packages from: the archive as of a day (documentation.ubuntu.com/server, snapshot service).

    A machine starts from that day's packages, and patches nothing by itself: Azure does, by its schedule.

    Args:
        snapshot: the day, `20261101T000000Z`.
    """
    settings = {
        "APT::Snapshot": snapshot,
        "APT::Periodic::Enable": "0",
        "APT::Install-Recommends": "false",
        "Acquire::Retries": "5",
    }
    return "".join(f'{name} "{value}";\n' for name, value in settings.items())


def host_files(*, app: bool, containers: Iterable[tuple[str, str]]) -> list[MachineFile]:
    """Files of the host.

    Args:
        app: whether the machine answers people.
        containers: name and user of each container that writes to a folder of its own.
    """
    return [
        MachineFile(path="/etc/docker/daemon.json", content=_daemon()),
        MachineFile(path="/etc/sysctl.d/90-odoo.conf", content=_SYSCTL),
        MachineFile(path="/etc/ssh/sshd_config.d/10-odoo.conf", content=_SSHD, mode="0600"),
        MachineFile(path="/etc/audit/rules.d/50-odoo.rules", content=_AUDIT, mode="0640"),
        MachineFile(path="/etc/systemd/journald.conf.d/odoo.conf", content="[Journal]\nSystemMaxUse=2G\n"),
        MachineFile(path=INSTALL_AZNFS, content=_INSTALL_AZNFS, mode="0755"),
        MachineFile(path=TMPFILES, content=_tmpfiles(app=app, containers=containers)),
    ]


def _daemon() -> str:
    """docs.docker.com/reference/cli/dockerd."""
    settings = {
        "default-address-pools": [{"base": _DOCKER_RANGE, "size": 24}],
        "icc": False,
        "live-restore": True,
        "log-driver": "journald",
        "no-new-privileges": True,
    }
    return json.dumps(settings, indent=1, sort_keys=True) + "\n"


def _tmpfiles(*, app: bool, containers: Iterable[tuple[str, str]]) -> str:
    """tmpfiles.d(5); each user sees its own secrets only."""
    lines = [
        _folder("/run/odoo", "0755", "0:0"),
        # systemd puts the host name in.
        f"f {MACHINE_FILE} 0644 0 0 - MACHINE=%H\n",
        _folder(DOCKER_CONFIG_DIRECTORY, "0700", "0:0"),
        _folder(SECRETS_DIRECTORY, "0755", "0:0"),
        _folder(ODOO_SECRETS, "0750", ODOO_USER),
        _folder(SCRATCH, "0755", "0:0"),
        *(_folder(scratch(name), "0700", user) for name, user in containers),
    ]
    if app:
        lines += [
            _folder(CERTIFICATES_DIRECTORY, "0750", TRAEFIK_USER),
            _folder(f"{CERTIFICATES_DIRECTORY}/{FOLDER}", "0755", "0:0"),
        ]
    else:
        lines += [
            _folder(OPERATIONS_SECRETS, "0700", OPERATIONS_USER),
            # Emptied before each release.
            _folder(WORK_DIRECTORY, "2770", f"0:{GROUP_ID}", kind="D"),
        ]
    return "".join(lines)


def _folder(path: str, mode: str, owner: str, kind: str = "d") -> str:
    user, _, group = owner.partition(":")
    return f"{kind} {path} {mode} {user} {group} -\n"
