"""The network of an environment: a spoke with its subnets, way out, names, administrative path and flow logs."""
