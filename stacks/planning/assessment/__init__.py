"""What a business needs, before anything is designed: which topology, how large, why, and what changes the answer."""
