"""What a private endpoint has to name for each service, and the private DNS zone that its address belongs into.

Source of both tables: learn.microsoft.com azure/private-link/private-endpoint-dns, of 2026-05.
"""

from __future__ import annotations

from collections.abc import Mapping

# Several groups: any one of them will do.
DATA_SERVICES: Mapping[str, tuple[str, ...]] = {
    "appconfiguration:ConfigurationStore": ("configurationStores",),
    "containerregistry:Registry": ("registry",),
    "cosmosdb:DatabaseAccount": ("Sql", "MongoDB", "Cassandra", "Gremlin", "Table"),
    "dbformysql:Server": ("mysqlServer",),
    "dbforpostgresql:Server": ("postgresqlServer",),
    "eventhub:Namespace": ("namespace",),
    "keyvault:ManagedHsm": ("managedhsm",),
    "keyvault:Vault": ("vault",),
    "recoveryservices:Vault": ("AzureBackup",),
    "redis:Redis": ("redisCache",),
    "redisenterprise:RedisEnterprise": ("redisEnterprise",),
    "search:Service": ("searchService",),
    "servicebus:Namespace": ("namespace",),
    "sql:Server": ("sqlServer",),
}
"""Groups of the services that hold data; those of storage accounts follow from what is in them."""
PLATFORM_SERVICES: Mapping[str, tuple[str, ...]] = {
    "automation:AutomationAccount": ("Webhook", "DSCAndHybridWorker"),
    "batch:BatchAccount": ("batchAccount",),
    "cognitiveservices:Account": ("account",),
    "databricks:Workspace": ("databricks_ui_api",),
    "datafactory:Factory": ("dataFactory",),
    "eventgrid:Domain": ("domain",),
    "eventgrid:Namespace": ("topic", "topicSpace"),
    "eventgrid:Topic": ("topic",),
    "iothub:IotHubResource": ("iotHub",),
    "kusto:Cluster": ("cluster",),
    "machinelearningservices:Workspace": ("amlworkspace",),
    "relay:Namespace": ("namespace",),
    "signalrservice:SignalR": ("signalr",),
    "storagesync:StorageSyncService": ("afs",),
    "synapse:Workspace": ("Dev", "Sql", "SqlOnDemand"),
    "web:WebApp": ("sites",),
    "webpubsub:WebPubSub": ("webpubsub",),
}
"""Groups of the services that work with data."""
# A group that has another zone with each region (AzureBackup) is not here.
ZONES: Mapping[str, tuple[str, ...]] = {
    "Cassandra": ("privatelink.cassandra.cosmos.azure.com",),
    "DSCAndHybridWorker": ("privatelink.azure-automation.net",),
    "Dev": ("privatelink.dev.azuresynapse.net",),
    "Gremlin": ("privatelink.gremlin.cosmos.azure.com",),
    "MongoDB": ("privatelink.mongo.cosmos.azure.com",),
    # Synapse's group of this name has a zone of its own.
    "Sql": ("privatelink.documents.azure.com", "privatelink.sql.azuresynapse.net"),
    "SqlOnDemand": ("privatelink.sql.azuresynapse.net",),
    "Table": ("privatelink.table.cosmos.azure.com",),
    "Webhook": ("privatelink.azure-automation.net",),
    "account": (
        "privatelink.cognitiveservices.azure.com",
        "privatelink.openai.azure.com",
        "privatelink.services.ai.azure.com",
    ),
    "afs": ("privatelink.afs.azure.net",),
    "amlworkspace": ("privatelink.api.azureml.ms", "privatelink.notebooks.azure.net"),
    "batchAccount": ("privatelink.batch.azure.com",),
    "blob": ("privatelink.blob.core.windows.net",),
    "configurationStores": ("privatelink.azconfig.io",),
    "dataFactory": ("privatelink.datafactory.azure.net",),
    "databricks_ui_api": ("privatelink.azuredatabricks.net",),
    "dfs": ("privatelink.dfs.core.windows.net",),
    "domain": ("privatelink.eventgrid.azure.net",),
    "file": ("privatelink.file.core.windows.net",),
    "iotHub": ("privatelink.azure-devices.net",),
    "managedhsm": ("privatelink.managedhsm.azure.net",),
    "mysqlServer": ("privatelink.mysql.database.azure.com",),
    "namespace": ("privatelink.servicebus.windows.net",),
    "postgresqlServer": ("privatelink.postgres.database.azure.com",),
    "queue": ("privatelink.queue.core.windows.net",),
    "redisCache": ("privatelink.redis.cache.windows.net",),
    "redisEnterprise": ("privatelink.redis.azure.net", "privatelink.redisenterprise.cache.azure.net"),
    "registry": ("privatelink.azurecr.io",),
    "searchService": ("privatelink.search.windows.net",),
    "signalr": ("privatelink.service.signalr.net",),
    "sites": ("privatelink.azurewebsites.net",),
    "sqlServer": ("privatelink.database.windows.net",),
    "table": ("privatelink.table.core.windows.net",),
    "topic": ("privatelink.eventgrid.azure.net",),
    "topicSpace": ("privatelink.ts.eventgrid.azure.net",),
    "vault": ("privatelink.vaultcore.azure.net",),
    "webpubsub": ("privatelink.webpubsub.azure.com",),
}
"""Zones of each group; any of them will do."""
