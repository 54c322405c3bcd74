# etc: its files join here.
