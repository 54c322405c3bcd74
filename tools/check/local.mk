# tools/check: its files join here.
