from tests.policies.cases import Case, StackCase, of, switch

KEYLESS, KEYS = {"disableLocalAuth": True}, {"disableLocalAuth": False}
PASSWORD = "hunter2-4711"
PLAIN, SECRET = {"name": "REGION", "value": "west"}, {"name": "DB_PASSWORD", "value": PASSWORD}
SECURE = {"name": "DB_PASSWORD", "secureValue": PASSWORD}
CONNECTION = f"Server=tcp:db.example;User ID=odoo;Password={PASSWORD}"
VAULT_REFERENCE = "@Microsoft.KeyVault(SecretUri=https://kv-a.vault.azure.net/secrets/odoo)"
APP = "web:WebApp"


def _keyless(rule: str, *types: str) -> Case:
    return switch(f"{rule}-local-auth-off", KEYLESS, KEYS, *types)


def _keyless_below(rule: str, type_token: str) -> Case:
    return switch(f"{rule}-local-auth-off", {"properties": KEYLESS}, {"properties": KEYS}, type_token)


def _app(**env: object) -> dict[str, object]:
    return {"template": {"containers": [{"name": "odoo", "env": [env]}]}}


CASES = [
    _keyless("appconfig", "appconfiguration:ConfigurationStore"),
    _keyless("search", "search:Service"),
    _keyless_below("cognitive", "cognitiveservices:Account"),
    _keyless("automation", "automation:AutomationAccount"),
    _keyless("eventgrid", "eventgrid:Topic", "eventgrid:Domain"),
    _keyless("messaging", "servicebus:Namespace", "eventhub:Namespace"),
    _keyless("realtime", "signalrservice:SignalR", "webpubsub:WebPubSub"),
    _keyless_below("iothub", "iothub:IotHubResource"),
    _keyless("insights", "applicationinsights:Component"),
    switch(
        "redis-classic-local-auth-off",
        {"disableAccessKeyAuthentication": True},
        {"disableAccessKeyAuthentication": False},
        "redis:Redis",
    ),
    switch(
        "batch-shared-key-off",
        {"allowedAuthenticationModes": ["AAD", "TaskAuthenticationToken"]},
        {"allowedAuthenticationModes": ["AAD", "SharedKey"]},
        "batch:BatchAccount",
    ),
    switch(
        "synapse-entra-only",
        {"azureADOnlyAuthentication": True},
        {"azureADOnlyAuthentication": False},
        "synapse:Workspace",
    ),
    switch(
        "sql-instance-entra-only",
        {"administrators": {"azureADOnlyAuthentication": True}},
        {"administrators": {"login": "dba"}},
        "sql:ManagedInstance",
    ),
    Case(
        "messaging-no-manage-key",
        good=[
            ("eventhub:NamespaceAuthorizationRule", {"rights": ["Send"]}),
            ("servicebus:NamespaceAuthorizationRule", {"rights": ["Listen", "Send"]}),
        ],
        bad=[
            ("eventhub:NamespaceAuthorizationRule", {"rights": ["Listen", "Manage", "Send"]}),
            ("servicebus:NamespaceAuthorizationRule", {"rights": ["Manage"]}),
        ],
    ),
    Case(
        "vault-no-access-policies",
        good=[("keyvault:Vault", {}), ("keyvault:Vault", {"properties": {"accessPolicies": []}})],
        bad=[
            ("keyvault:AccessPolicy", {"vaultName": "kv-a"}),
            ("keyvault:Vault", {"properties": {"accessPolicies": [{"objectId": "o"}]}}),
        ],
    ),
    switch(
        "storage-local-user-no-password",
        {"hasSshPassword": False, "hasSharedKey": False},
        {"hasSshPassword": False, "hasSharedKey": True},
        "storage:LocalUser",
    ),
    Case(
        "app-settings-no-secrets",
        good=[
            (APP, {"siteConfig": {"appSettings": [PLAIN, {"name": "DB_PASSWORD", "value": VAULT_REFERENCE}]}}),
            (APP, {"siteConfig": {"connectionStrings": [{"name": "main", "connectionString": VAULT_REFERENCE}]}}),
            ("web:WebAppApplicationSettings", {"properties": {"REGION": "west"}}),
            ("web:WebAppConnectionStrings", {"properties": {"main": {"value": VAULT_REFERENCE}}}),
        ],
        bad=[
            (APP, {"siteConfig": {"appSettings": [PLAIN, SECRET]}}),
            (APP, {"siteConfig": {"connectionStrings": [{"name": "main", "connectionString": CONNECTION}]}}),
            ("web:WebAppSlot", {"siteConfig": {"appSettings": [SECRET]}}),
            ("web:WebAppApplicationSettings", {"properties": {"DB_PASSWORD": PASSWORD}}),
            ("web:WebAppConnectionStringsSlot", {"properties": {"main": {"value": CONNECTION, "type": "SQLAzure"}}}),
        ],
    ),
    Case(
        "container-env-no-secrets",
        good=[
            ("containerinstance:ContainerGroup", {"containers": [{"environmentVariables": [PLAIN, SECURE]}]}),
            ("app:ContainerApp", _app(name="DB_PASSWORD", secretRef="db")),
            ("app:Job", _app(name="REGION", value="west")),
        ],
        bad=[
            ("containerinstance:ContainerGroup", {"containers": [{"environmentVariables": [PLAIN, SECRET]}]}),
            ("containerinstance:ContainerGroup", {"initContainers": [{"environmentVariables": [SECRET]}]}),
            ("app:ContainerApp", _app(name="DB_PASSWORD", value=PASSWORD)),
            ("app:Job", _app(name="DB_PASSWORD", value=PASSWORD)),
        ],
    ),
    Case(
        "container-app-secrets-in-vault",
        good=[
            (
                "app:ContainerApp",
                {"configuration": {"secrets": [{"name": "db", "keyVaultUrl": "https://kv/secrets/db"}]}},
            ),
            ("app:Job", {}),
        ],
        bad=[
            ("app:ContainerApp", {"configuration": {"secrets": [{"name": "db", "value": PASSWORD}]}}),
            ("app:Job", {"configuration": {"secrets": [{"name": "db", "value": PASSWORD}]}}),
        ],
    ),
    of(
        "apim-named-values-in-vault",
        "apimanagement:NamedValue",
        [
            {"displayName": "region", "value": "west"},
            {"displayName": "key", "secret": True, "keyVault": {"secretIdentifier": "https://kv/secrets/key"}},
        ],
        [
            {"displayName": "key", "secret": True, "value": PASSWORD},
            {"displayName": "api_key", "value": PASSWORD},
        ],
    ),
    of(
        "app-remote-debugging-off",
        APP,
        [{}, {"siteConfig": {"remoteDebuggingEnabled": False}}],
        [{"siteConfig": {"remoteDebuggingEnabled": True}}],
    ),
    of(
        "app-cors-named",
        APP,
        [{}, {"siteConfig": {"cors": {"allowedOrigins": ["https://shop.example"]}}}],
        [{"siteConfig": {"cors": {"allowedOrigins": ["https://shop.example", "*"]}}}],
    ),
    of(
        "app-outbound-through-network",
        APP,
        [
            {"virtualNetworkSubnetId": "/subscriptions/s/subnet", "outboundVnetRouting": {"allTraffic": True}},
            {"virtualNetworkSubnetId": "/subscriptions/s/subnet", "siteConfig": {"vnetRouteAllEnabled": True}},
        ],
        [
            {},
            {"virtualNetworkSubnetId": "/subscriptions/s/subnet"},
            {"outboundVnetRouting": {"allTraffic": True}},
        ],
    ),
    of(
        "app-managed-identity",
        APP,
        [{"identity": {"type": "SystemAssigned"}}, {"identity": {"type": "SystemAssigned, UserAssigned"}}],
        [{}, {"identity": {"type": "None"}}],
    ),
    switch(
        "app-publishing-passwords-off",
        {"allow": False},
        {"allow": True},
        "web:WebAppFtpAllowed",
        "web:WebAppFtpAllowedSlot",
        "web:WebAppScmAllowed",
        "web:WebAppScmAllowedSlot",
    ),
    switch("app-plan-zones", {"zoneRedundant": True}, {"zoneRedundant": False}, "web:AppServicePlan"),
]
STACK_CASES: list[StackCase] = []
