"""Operations of a tenant: its database is made, backed up, upgraded and restored by these commands, inside Jobs."""
