# tools/fetchd: its files join here.
