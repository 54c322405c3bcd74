# tools/sshkeys: its files join here.
