"""A tenant on a cluster: one company's Odoo, in a namespace of its own.

- `tenant`: the component, OdooTenant; `args`: what it is made from.

It declares, in this order: `namespace`, `storage`, `secrets`, `jobs` (from `job_places`, `job_pods` and `operations`),
`workload` (from `runtime` and `pods`), the routes of `components.ingress`, `scaling`.
"""
