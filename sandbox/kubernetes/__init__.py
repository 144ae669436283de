"""A stand-in for `kubernetes`: keeps typed objects, one store a cluster."""
