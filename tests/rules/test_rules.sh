#!/bin/sh
# SPDX-License-Identifier: ISC
# The page of rules is what code and tests say.
exec python3 "${srcdir:?}/tests/rules/rules.py" tests/unit/test_rule_table
