"""Who may do what, and when: groups of people, their roles, and what they must do before a role is theirs.

The component is in `access_model`, its arguments in `args`; the tables are in `duties`, `roles` and `deployer`. What
stacks grant to their own identities is in `identities`.
"""
