"""Odoo itself, as plain data: its pools, its options by version, its configuration files. No Pulumi, no Azure."""
