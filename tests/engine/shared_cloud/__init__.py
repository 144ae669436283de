"""A project of several stacks in one cloud; copied by `test_shared_cloud.py`."""
