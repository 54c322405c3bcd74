# pam_jwt: its files join here.
