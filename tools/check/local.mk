# tools/check: built once config and revocation are here.
