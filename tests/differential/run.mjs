// SPDX-License-Identifier: ISC
// node run.mjs FOLDER OURS [SEED [COUNT]]: makes the tokens, asks every
// contestant, compares. Everything it writes is in FOLDER; the tokens and the
// verdicts stay there, so that a difference can be looked at.
import { execFileSync, spawn } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

const here = path.dirname(new URL(import.meta.url).pathname);
const [folder, ours, seed = '7515', count = '12000'] = process.argv.slice(2);
const at = (name) => path.join(folder, name);
const quiet = { stdio: ['ignore', 'ignore', 'inherit'] };

function needJose() {
	const lock = path.join(here, 'package-lock.json');
	const done = at('npm/node_modules/.lock');
	if (fs.existsSync(done) && fs.readFileSync(done).equals(fs.readFileSync(lock))) return;
	fs.mkdirSync(at('npm'), { recursive: true });
	for (const name of ['package.json', 'package-lock.json'])
		fs.writeFileSync(at(`npm/${name}`), fs.readFileSync(path.join(here, name)));
	execFileSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'],
		{ ...quiet, cwd: at('npm') });
	fs.copyFileSync(lock, done);
}

function needPeer(name, library) {
	const flags = execFileSync('pkg-config', ['--cflags', '--libs', library,
		'jansson', 'libcrypto'], { encoding: 'utf8' }).trim().split(/\s+/);
	const sources = ['batch.c', `${name}.c`].map((file) => path.join(here, file));
	execFileSync(process.env.CC ?? 'cc', ['-std=gnu11', '-Wall', '-Wextra', '-O1',
		`-I${here}`, ...sources, '-o', at(name), ...flags], quiet);
}

// All verdicts, one a case. A contestant that dies has refused what killed it
// and goes on behind it, but for ours, which may not.
async function ask(name, command, args) {
	const cases = fs.readFileSync(at('cases'), 'utf8').trimEnd().split('\n');
	const verdicts = [];
	let crashes = 0;
	while (verdicts.length < cases.length) {
		const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
		const out = [], errors = [];
		child.stdout.on('data', (chunk) => out.push(chunk));
		child.stderr.on('data', (chunk) => errors.push(chunk));
		child.stdin.on('error', () => {}); // it died while we wrote
		child.stdin.end(cases.slice(verdicts.length).join('\n') + '\n');
		const status = await new Promise((done) =>
			child.on('close', (code, signal) => done(signal ?? code)));
		const lines = Buffer.concat(out).toString().split('\n');
		lines.pop(); // nothing, or half a line
		verdicts.push(...lines);
		if (status === 0) break;
		if (name === 'ours' || ++crashes > cases.length / 10)
			throw new Error(`${name} ended with ${status}: ${Buffer.concat(errors)}`);
		if (verdicts.length < cases.length)
			verdicts.push(JSON.stringify({ id: JSON.parse(cases[verdicts.length]).id,
				jws: `crash: ${status}` }));
	}
	fs.writeFileSync(at(`${name}.verdicts`), verdicts.join('\n') + '\n');
	if (crashes > 0) console.log(`${name} crashed at ${crashes} tokens`);
}

fs.mkdirSync(folder, { recursive: true });
console.log(`differential tests: seed ${seed}, ${count} tokens, in ${folder}`);
needJose();
needPeer('rhonabwy', 'librhonabwy');
needPeer('cjose', 'cjose');
const cases = fs.openSync(at('cases'), 'w');
execFileSync(process.execPath, [path.join(here, 'generate.mjs'), seed, count],
	{ stdio: ['ignore', cases, 'inherit'] });
fs.closeSync(cases);
await Promise.all([
	ask('jose', process.execPath, [path.join(here, 'jose.mjs'), at('npm')]),
	(async () => {
		await ask('ours', ours, []);
		await ask('rhonabwy', at('rhonabwy'), []);
		await ask('cjose', at('cjose'), []);
	})(),
]);
const compare = spawn(process.execPath, [path.join(here, 'compare.mjs'), at('cases'),
	at('ours.verdicts'), ...['jose', 'rhonabwy', 'cjose']
		.map((name) => `${name}=${at(name + '.verdicts')}`)], { stdio: 'inherit' });
compare.on('close', (code) => { process.exitCode = code === 0 ? 0 : 1; });
