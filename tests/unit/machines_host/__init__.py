"""Programs that run on machines."""
