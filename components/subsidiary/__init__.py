"""One tenant of a platform: everything that is its own, below the component of `subsidiary`.

`shared` says what it finds on its platform, `args` what it is made from.
"""
