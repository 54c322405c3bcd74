# tools/keyring: its files join here.
