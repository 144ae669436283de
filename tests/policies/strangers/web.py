"""Web apps, functions and sites."""

from __future__ import annotations

import pulumi
from pulumi_azure_native import applicationinsights, cdn, containerregistry, resources, sql, storage, web

from tests.policies.strangers.shared import AZURE, group, password


def _account(program: str, inside: resources.ResourceGroup) -> storage.StorageAccount:
    """The account that nearly every example begins with; its name has no room for more than 16 characters."""
    name = f"{program}sa"
    return storage.StorageAccount(
        name, resource_group_name=inside.name, kind=storage.Kind.STORAGE_V2, sku={"name": storage.SkuName.STANDARD_LRS}
    )


def _package(program: str, inside: resources.ResourceGroup, account: storage.StorageAccount) -> pulumi.Output[str]:
    """Code as a blob, and the signed link that an app reads it by."""
    container = storage.BlobContainer(
        f"{program}-container",
        resource_group_name=inside.name,
        account_name=account.name,
        public_access=storage.PublicAccess.NONE,
    )
    blob = storage.Blob(
        f"{program}-blob",
        resource_group_name=inside.name,
        account_name=account.name,
        container_name=container.name,
        type=storage.BlobType.BLOCK,
        source=pulumi.StringAsset("print('hello')"),
    )
    parts = (account.name, ".blob.core.windows.net/", container.name, "/", blob.name, "?sv=2024&sig=", password())
    return pulumi.Output.concat("https://", *parts)


def app_service() -> None:
    """An app with a database (azure-cs-appservice)."""
    inside = group("appservice")
    account = _account("appservice", inside)
    package = _package("appservice", inside, account)
    plan = web.AppServicePlan(
        "appservice-plan", resource_group_name=inside.name, kind="App", sku={"tier": "Basic", "name": "B1"}
    )
    insights = applicationinsights.Component(
        "appservice-insights", resource_group_name=inside.name, application_type="web", kind="web"
    )
    server = sql.Server(
        "appservice-sql",
        resource_group_name=inside.name,
        administrator_login="pulumi",
        administrator_login_password=password(),
        version="12.0",
    )
    database = sql.Database(
        "appservice-database", resource_group_name=inside.name, server_name=server.name, sku={"name": "S0"}
    )
    sql.FirewallRule(
        "appservice-azure",
        resource_group_name=inside.name,
        server_name=server.name,
        start_ip_address=AZURE,
        end_ip_address=AZURE,
    )
    connection = pulumi.Output.concat(
        "Server=tcp:", server.name, ".database.windows.net;catalog=", database.name, ";password=", password()
    )
    web.WebApp(
        "appservice-app",
        resource_group_name=inside.name,
        server_farm_id=plan.id,
        site_config={
            "app_settings": [
                {"name": "WEBSITE_RUN_FROM_PACKAGE", "value": package},
                {"name": "APPINSIGHTS_INSTRUMENTATIONKEY", "value": insights.instrumentation_key},
                {"name": "ApplicationInsightsAgent_EXTENSION_VERSION", "value": "~2"},
            ],
            "connection_strings": [
                {"name": "db", "type": web.ConnectionStringType.SQL_AZURE, "connection_string": connection}
            ],
        },
    )


def images() -> None:
    """Apps from images, of a public registry and of one's own (azure-py-appservice-docker)."""
    inside = group("images")
    plan = web.AppServicePlan(
        "images-plan", resource_group_name=inside.name, kind="Linux", reserved=True, sku={"tier": "Basic", "name": "B1"}
    )
    registry = containerregistry.Registry(
        "imagesregistry", resource_group_name=inside.name, sku={"name": "Basic"}, admin_user_enabled=True
    )
    web.WebApp(
        "images-public",
        resource_group_name=inside.name,
        server_farm_id=plan.id,
        https_only=True,
        site_config={
            "always_on": True,
            "app_settings": [{"name": "WEBSITES_ENABLE_APP_SERVICE_STORAGE", "value": "false"}],
            "linux_fx_version": "DOCKER|microsoft/azure-appservices-go-quickstart",
        },
    )
    web.WebApp(
        "images-own",
        resource_group_name=inside.name,
        server_farm_id=plan.id,
        https_only=True,
        site_config={
            "always_on": True,
            "app_settings": [
                {
                    "name": "DOCKER_REGISTRY_SERVER_URL",
                    "value": pulumi.Output.concat("https://", registry.login_server),
                },
                {"name": "DOCKER_REGISTRY_SERVER_PASSWORD", "value": password()},
                {"name": "WEBSITES_PORT", "value": "80"},
            ],
            "linux_fx_version": pulumi.Output.concat("DOCKER|", registry.login_server, "/node-app:v1.0.0"),
        },
    )


def functions() -> None:
    """Functions that pay by use, with a connection string made of the account's keys (azure-cs-functions)."""
    inside = group("functions")
    account = _account("functions", inside)
    package = _package("functions", inside, account)
    plan = web.AppServicePlan(
        "functions-plan",
        resource_group_name=inside.name,
        kind="Linux",
        reserved=True,
        sku={"tier": "Dynamic", "name": "Y1"},
    )
    keys = storage.list_storage_account_keys_output(resource_group_name=inside.name, account_name=account.name)
    store = pulumi.Output.concat(
        "DefaultEndpointsProtocol=https;AccountName=", account.name, ";AccountKey=", keys.keys[0].value
    )
    web.WebApp(
        "functions-app",
        resource_group_name=inside.name,
        kind="FunctionApp",
        server_farm_id=plan.id,
        site_config={
            "app_settings": [
                {"name": "FUNCTIONS_WORKER_RUNTIME", "value": "python"},
                {"name": "AzureWebJobsStorage", "value": store},
                {"name": "WEBSITE_RUN_FROM_PACKAGE", "value": package},
            ]
        },
    )


def static_site() -> None:
    """Pages in an account, behind a content network (azure-cs-static-website)."""
    inside = group("site")
    account = _account("site", inside)
    storage.StorageAccountStaticWebsite(
        "site-website",
        resource_group_name=inside.name,
        account_name=account.name,
        index_document="index.html",
        error404_document="404.html",
    )
    host = account.primary_endpoints.apply(lambda found: found.web.split("/")[2])
    profile = cdn.Profile("site-profile", resource_group_name=inside.name, sku={"name": "Standard_Microsoft"})
    cdn.Endpoint(
        "site-endpoint",
        resource_group_name=inside.name,
        profile_name=profile.name,
        origin_host_header=host,
        is_http_allowed=False,
        origins=[{"name": "account", "host_name": host, "https_port": 443}],
    )
