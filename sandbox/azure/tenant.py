"""Who the sandbox is: one tenant, one subscription, one caller; always the same, made up."""

from typing import Final

TENANT_ID: Final = "7f3c2a54-9b1e-4d0a-8c66-2e5b90d4a1f7"
SUBSCRIPTION_ID: Final = "c1d8e7f2-4b36-4a9d-b0f5-6a7e3c92d814"
CLIENT_ID: Final = "b84a6c1d-3f27-4e58-9a0b-d5c1e2f47a93"
OBJECT_ID: Final = "e02f9d7b-6c48-4315-8d9a-71b3f6a5c0e4"
