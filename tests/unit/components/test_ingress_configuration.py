"""Traefik's files: what is refused, what is bounded, and what nobody may switch on."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from components.ingress.configuration import (
    DRAIN_SECONDS,
    GRACE_SECONDS,
    StaticConfiguration,
    static_configuration,
)
from components.ingress.middlewares import TenantLimits, shared_configuration, tenant_configuration
from components.odoo.configuration import LIMIT_TIME_REAL_SECONDS


def _static(**changes: Any) -> dict[str, Any]:
    made = yaml.safe_load(static_configuration(StaticConfiguration(namespace="acme", **changes)))
    assert isinstance(made, dict)
    return made


def _seconds(text: str) -> int:
    return int(text.removesuffix("s"))


def test_only_the_named_namespace_is_served_and_none_is_refused() -> None:
    assert _static()["providers"]["kubernetesIngress"]["namespaces"] == ["acme"]
    with pytest.raises(ValueError, match="needs a namespace"):
        static_configuration(StaticConfiguration(namespace=""))


def test_without_a_cluster_routes_come_from_files_and_all_else_is_the_same() -> None:
    on_cluster, on_machine = _static(), yaml.safe_load(static_configuration(StaticConfiguration(namespace=None)))
    files = {"file": {"directory": "/etc/traefik/dynamic", "watch": True}}
    assert on_machine.pop("providers") == files
    assert on_cluster.pop("providers")["file"] == files["file"]
    assert on_machine == on_cluster


def test_nothing_of_the_whole_cluster_is_looked_up() -> None:
    provider = _static()["providers"]["kubernetesIngress"]
    assert (provider["disableClusterScopeResources"], provider["ingressClass"]) == (True, "traefik")


def test_nothing_is_told_to_traefik_labs_and_nothing_is_shown() -> None:
    made = _static()
    assert made["global"] == {"checkNewVersion": False, "sendAnonymousUsage": False}
    assert "api" not in made


def test_a_request_may_take_as_long_as_odoo_lets_it_and_a_stop_waits_for_it() -> None:
    made = _static()
    transport = made["entryPoints"]["websecure"]["transport"]
    timeouts = transport["respondingTimeouts"]
    assert _seconds(timeouts["writeTimeout"]) > LIMIT_TIME_REAL_SECONDS + _seconds(timeouts["readTimeout"])
    assert _seconds(made["serversTransport"]["forwardingTimeouts"]["responseHeaderTimeout"]) > LIMIT_TIME_REAL_SECONDS
    assert _seconds(transport["lifeCycle"]["graceTimeOut"]) == GRACE_SECONDS > LIMIT_TIME_REAL_SECONDS
    assert _seconds(transport["lifeCycle"]["requestAcceptGraceTimeout"]) == DRAIN_SECONDS


def test_http_only_redirects_and_is_open_only_if_it_should_be() -> None:
    assert set(_static(plain_http=False)["entryPoints"]) == {"websecure", "traefik"}
    assert _static()["entryPoints"]["web"]["http"] == {
        "redirections": {"entryPoint": {"to": ":443", "scheme": "https", "permanent": True}}
    }


def test_forwarded_headers_are_believed_of_named_proxies_only() -> None:
    assert _static()["entryPoints"]["websecure"]["forwardedHeaders"] == {"trustedIPs": []}
    trusted = _static(trusted_proxies=("10.40.6.0/28",))
    assert trusted["entryPoints"]["websecure"]["forwardedHeaders"] == {"trustedIPs": ["10.40.6.0/28"]}


def test_a_service_cannot_send_requests_out_of_the_cluster() -> None:
    assert _static()["providers"]["kubernetesIngress"]["allowExternalNameServices"] is False


def test_two_seconds_can_be_told_from_the_metrics() -> None:
    prometheus = _static()["metrics"]["prometheus"]
    assert 2.0 in prometheus["buckets"]
    assert prometheus["buckets"] == sorted(prometheus["buckets"])
    assert prometheus["addRoutersLabels"] is True


def test_no_middleware_ever_retries() -> None:
    text = shared_configuration("erp") + tenant_configuration("acme", TenantLimits(), ("10.0.0.0/8",))
    assert "retry" not in text.lower()


def test_a_tenants_limits_are_in_its_own_file_by_its_own_name() -> None:
    limits = TenantLimits(upload_mib=3, login_per_minute=4, rpc_per_minute=5, reports_in_flight=6)
    made = yaml.safe_load(tenant_configuration("acme", limits, ("10.1.0.0/16",)))
    assert made == {
        "http": {
            "middlewares": {
                "acme-clients": {"ipAllowList": {"sourceRange": ["10.1.0.0/16"]}},
                "acme-uploads": {
                    "buffering": {
                        "maxRequestBodyBytes": 3 * 1024 * 1024,
                        "memRequestBodyBytes": 1048576,
                        "memResponseBodyBytes": 1048576,
                    }
                },
                "acme-login": {"rateLimit": {"average": 4, "period": "1m", "burst": 4}},
                "acme-rpc": {"rateLimit": {"average": 5, "period": "1m", "burst": 5}},
                "acme-reports": {"inFlightReq": {"amount": 6, "sourceCriterion": {"requestHost": True}}},
            }
        }
    }


def test_behind_a_proxy_the_caller_is_the_last_address_it_names() -> None:
    made = yaml.safe_load(tenant_configuration("acme", TenantLimits(), ("10.1.0.0/16",), behind_proxy=True))
    middlewares = made["http"]["middlewares"]
    strategy = {"ipStrategy": {"depth": 1}}
    assert middlewares["acme-clients"]["ipAllowList"] == {"sourceRange": ["10.1.0.0/16"], **strategy}
    assert middlewares["acme-login"]["rateLimit"]["sourceCriterion"] == strategy
    assert middlewares["acme-rpc"]["rateLimit"]["sourceCriterion"] == strategy


def test_the_certificate_is_read_from_the_one_file_that_has_its_key_too() -> None:
    file = "/run/secrets/certificates/erp-acme"
    made = yaml.safe_load(shared_configuration("erp-acme"))
    assert made["tls"]["certificates"] == [{"certFile": file, "keyFile": file}]
