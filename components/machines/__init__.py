"""Odoo on virtual machines: what a machine is made from, as plain data (`model`), and the scale sets that run it.

Components are in `scale_set`, `agents` and `patches`; what the first two are made from is in `args`.
"""
