"""Built-in policies over messaging: none of them is this platform's own.

GUIDs, versions, effects, parameters: github.com/Azure/azure-policy, built-in-policies/policyDefinitions, and
MicrosoftDocs/azure-docs, includes/policy/reference/bycat (2026-11-22).
"""

from __future__ import annotations

from policies.controls.model import AzurePolicy
from policies.controls.shorthand import AUDIT, EXISTS, built_in

MESSAGING: tuple[AzurePolicy, ...] = (
    built_in(
        "service-bus-local-auth",
        "cfb11c26-f069-4c14-8e36-56c394dae5af",
        1,
        "Azure Service Bus namespaces should have local authentication methods disabled",
        "messaging-local-auth-off",
    ),
    built_in(
        "service-bus-public-access",
        "cbd11fd3-3002-4907-b6c8-579f0e700e13",
        1,
        "Service Bus Namespaces should disable public network access",
        "messaging-public-access-off",
    ),
    built_in(
        "service-bus-cmk",
        "295fc8b1-dc9f-4f53-9c61-3f313ceab40a",
        1,
        "Service Bus Premium namespaces should use a customer-managed key for encryption",
        "messaging-cmk",
        effects=AUDIT,
    ),
    # Stricter than the pack, which lets keys be that send or listen only.
    built_in(
        "service-bus-keys",
        "a1817ec0-a368-432a-8057-8371e17ac6ee",
        1,
        "All authorization rules except RootManageSharedAccessKey should be removed from Service Bus namespace",
        "messaging-no-manage-key",
        effects=AUDIT,
    ),
    built_in(
        "service-bus-private-link",
        "1c06e275-d63d-4540-b761-71f364c2111d",
        1,
        "Azure Service Bus namespaces should use private link",
        "platform-services-have-private-endpoints",
        effects=EXISTS,
    ),
    built_in(
        "event-hub-private-link",
        "b8564268-eb4a-4337-89be-a19db070c59d",
        1,
        "Event Hub namespaces should use private link",
        "platform-services-have-private-endpoints",
        effects=EXISTS,
    ),
    built_in(
        "event-hub-local-auth",
        "5d4e3c65-4873-47be-94f3-6f8b953a3598",
        1,
        "Azure Event Hub namespaces should have local authentication methods disabled",
        "messaging-local-auth-off",
    ),
    built_in(
        "event-hub-public-access",
        "0602787f-9896-402a-a6e1-39ee63ee435e",
        1,
        "Event Hub Namespaces should disable public network access",
        "messaging-public-access-off",
    ),
    built_in(
        "event-hub-cmk",
        "a1ad735a-e96f-45d2-a7b2-9a4932cab7ec",
        1,
        "Event Hub namespaces should use a customer-managed key for encryption",
        "messaging-cmk",
        effects=AUDIT,
    ),
    built_in(
        "event-hub-keys",
        "b278e460-7cfc-4451-8294-cccc40a940d7",
        1,
        "All authorization rules except RootManageSharedAccessKey should be removed from Event Hub namespace",
        "messaging-no-manage-key",
        effects=AUDIT,
    ),
    built_in(
        "event-topic-local-auth",
        "ae9fb87f-8a17-4428-94a4-8135d431055c",
        1,
        "Azure Event Grid topics should have local authentication methods disabled",
        "eventgrid-local-auth-off",
    ),
    built_in(
        "event-domain-local-auth",
        "8bfadddb-ee1c-4639-8911-a38cb8e0b3bd",
        1,
        "Azure Event Grid domains should have local authentication methods disabled",
        "eventgrid-local-auth-off",
    ),
    built_in(
        "event-topic-public-access",
        "1adadefe-5f21-44f7-b931-a59b54ccdb45",
        1,
        "Azure Event Grid topics should disable public network access",
        "eventgrid-public-access-off",
    ),
    built_in(
        "event-domain-public-access",
        "f8f774be-6aee-492a-9e29-486ef81f3a68",
        1,
        "Azure Event Grid domains should disable public network access",
        "eventgrid-public-access-off",
    ),
    built_in(
        "event-namespace-public-access",
        "67dcad1a-ec60-45df-8fd0-14c9d29eeaa2",
        1,
        "Azure Event Grid namespaces should disable public network access",
        "eventgrid-public-access-off",
    ),
    built_in(
        "signalr-public-access",
        "21a9766a-82a5-4747-abb5-650b6dbba6d0",
        1,
        "Azure SignalR Service should disable public network access",
        "realtime-public-access-off",
    ),
    built_in(
        "signalr-local-auth",
        "f70eecba-335d-4bbc-81d5-5b17b03d498f",
        1,
        "Azure SignalR Service should have local authentication methods disabled",
        "realtime-local-auth-off",
    ),
    built_in(
        "web-pubsub-public-access",
        "bf45113f-264e-4a87-88f9-29ac8a0aca6a",
        1,
        "Azure Web PubSub Service should disable public network access",
        "realtime-public-access-off",
    ),
    built_in(
        "web-pubsub-local-auth",
        "b66ab71c-582d-4330-adfd-ac162e78691e",
        1,
        "Azure Web PubSub Service should have local authentication methods disabled",
        "realtime-local-auth-off",
    ),
    built_in(
        "iot-hub-local-auth",
        "672d56b3-23a7-4a3c-a233-b77ed7777518",
        1,
        "Azure IoT Hub should have local authentication methods disabled for Service Apis",
        "iothub-local-auth-off",
    ),
    built_in(
        "iot-hub-public-access",
        "2d6830fb-07eb-48e7-8c4d-2a442b35f0fb",
        1,
        "Public network access on Azure IoT Hub should be disabled",
        "iothub-public-access-off",
    ),
)

POLICIES = MESSAGING
