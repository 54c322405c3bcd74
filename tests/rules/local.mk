# docs/rules.md is made from the tests, and held against the code.
TESTS += tests/rules/test_rules.sh
EXTRA_DIST += \
	docs/rules.md \
	tests/rules/elsewhere.tsv \
	tests/rules/plumbing.tsv \
	tests/rules/rules.py \
	tests/rules/test_rules.sh

.PHONY: rules
rules: tests/unit/test_rule_table
	$(srcdir)/tests/rules/rules.py tests/unit/test_rule_table --write
