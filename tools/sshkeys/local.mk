# tools/sshkeys: built once config and revocation are here.
