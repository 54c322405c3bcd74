# tools/login: its files join here.
