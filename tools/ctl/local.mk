# tools/ctl: its files join here.
