"""Programs that run on machines, not in Pulumi: cloud-init writes their text. They need Python's standard library only.

`gate` runs in the Odoo container, whose Python has psycopg2, the other two on the host: Python 3.10 and newer.
"""
