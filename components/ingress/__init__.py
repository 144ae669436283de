"""Traefik, a tenant's only way in: `traefik` holds the component, `args` what it is made from, `routes` the tenant's
Ingress objects, `transactions` the business transactions that are measured, `configuration` and `middlewares` the files
that Traefik reads."""
