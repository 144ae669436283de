"""From a measured month back to the workload profile: what was used, and what the profile should therefore say."""
