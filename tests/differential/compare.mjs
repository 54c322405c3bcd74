// SPDX-License-Identifier: ISC
// node compare.mjs CASES OURS PEER=VERDICTS...: every difference is counted
// under the rule that explains it, or is a failure.
import fs from 'node:fs';
import { features } from './features.mjs';
import { LACKS, MUST_REFUSE, rules } from './rules.mjs';

const SHOWN = 12; // of each kind of failure
const AGREED_MIN = 20; // tokens of an algorithm that both accept, at least

const lines = (file) => fs.readFileSync(file, 'utf8').trim().split('\n').map((l) => JSON.parse(l));
const [caseFile, oursFile, ...peerArgs] = process.argv.slice(2);
const cases = lines(caseFile), ours = lines(oursFile);
const failures = [], hits = new Map(), agreed = new Map();
let both = 0, neither = 0;

const fail = (kind, c, text) => failures.push({ kind, text:
	`case ${c.id} (${c.shape}, ${c.alg}): ${text}` });

function explain(c, f, peer, level, a, b) {
	const accepts = a === 'ok' ? 'ours' : 'theirs';
	const rule = rules.find((r) => r.peers.includes(peer) && r.level === level &&
		r.accepts === accepts && r.when(f, a, b, c, peer));
	if (rule) {
		const key = `${rule.name}/${peer}`;
		hits.set(key, { rule, peer, count: (hits.get(key)?.count ?? 0) + 1 });
		return;
	}
	fail(`${peer}, ${level}: ${accepts === 'ours' ? 'WE ACCEPT, it refuses' : 'it accepts, we refuse'}`,
		c, `ours ${a}, ${peer} ${b}; ${[...f].join('; ')}\n      ${
			Buffer.from(c.token, 'base64').toString('latin1').slice(0, 240)
				.replace(/[^ -~]/g, '?')}`);
}

function compareOne(c, f, peer, mine, theirs) {
	const a = mine.jws, b = theirs.jws;
	if ((a === 'ok') !== (b === 'ok')) return explain(c, f, peer, 'jws', a, b);
	if (a !== 'ok') { neither++; return undefined; }
	both++;
	agreed.set(`${peer}/${c.alg}`, (agreed.get(`${peer}/${c.alg}`) ?? 0) + 1);
	if (mine.payload !== theirs.payload)
		return fail(`${peer}: ANOTHER PAYLOAD of an accepted token`, c, '');
	if (theirs.claims === undefined) return undefined;
	if ((mine.claims === 'ok') !== (theirs.claims === 'ok'))
		return explain(c, f, peer, 'claims', mine.claims, theirs.claims);
	return undefined;
}

const seen = cases.map((c) => features(c));
const expect = (list, who) => {
	if (list.length !== cases.length || list.some((v, i) => v.id !== cases[i].id))
		throw new Error(`${who} gave ${list.length} verdicts for ${cases.length} cases`);
	return list;
};
expect(ours, 'ours');
cases.forEach((c, i) => {
	// What no verifier may take, even if all of them did.
	const wrong = [...seen[i]].filter((name) => MUST_REFUSE.jws.includes(name));
	const bad = [...seen[i]].filter((name) => MUST_REFUSE.claims.includes(name));
	if (ours[i].jws === 'ok' && wrong.length) fail('we accept what must be refused', c, wrong.join('; '));
	if (ours[i].claims === 'ok' && bad.length) fail('we accept claims that must be refused', c, bad.join('; '));
	if (ours[i].jws === 'internal_error') fail('internal_error', c, ours[i].detail);
});
for (const arg of peerArgs) {
	const [peer, file] = arg.split('=');
	const theirs = expect(lines(file), peer);
	cases.forEach((c, i) => compareOne(c, seen[i], peer, ours[i], theirs[i]));
	for (const alg of new Set(cases.map((c) => c.alg)))
		if (!LACKS[peer].includes(alg) && !((agreed.get(`${peer}/${alg}`) ?? 0) >= AGREED_MIN))
			failures.push({ kind: 'too few good tokens', text:
				`${peer} and we accept ${agreed.get(`${peer}/${alg}`) ?? 0} of ${alg}, expected ${AGREED_MIN}` });
}

const pad = (value, width) => String(value).padEnd(width);
for (const side of ['ours', 'theirs']) {
	console.log(side === 'ours' ? '\nwe accept, another refuses:' : '\nwe refuse, another accepts:');
	for (const { rule, peer, count } of hits.values())
		if (rule.accepts === side)
			console.log(`  ${pad(count, 6)}${pad(peer, 10)}${pad(rule.name, 58)}${pad(rule.section, 22)}right: ${rule.right}`);
}
const used = new Set([...hits.values()].map((h) => h.rule));
for (const { name } of rules.filter((r) => !used.has(r)))
	console.log(`  not needed by any of these tokens: ${name}`);
const kinds = new Map();
for (const { kind, text } of failures) kinds.set(kind, [...kinds.get(kind) ?? [], text]);
for (const [kind, texts] of kinds) {
	console.log(`\nNOT EXPLAINED, ${kind}: ${texts.length}`);
	for (const text of texts.slice(0, SHOWN)) console.log('    ' + text);
}
const explained = [...hits.values()].reduce((sum, { count }) => sum + count, 0);
console.log(`\n${cases.length} tokens; comparisons: ${both} both accept, ${neither} both refuse, ` +
	`${explained} explained differences by ${used.size} rules, ` +
	`${failures.length} not explained`);
process.exitCode = failures.length === 0 ? 0 : 1;
