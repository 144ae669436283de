"""A stand-in for `kubernetes`: a real API server on this machine, or typed objects kept in a store."""
