import { existsSync } from 'node:fs';
import { runCases, type Expected } from './harness.ts';
import { merkleInclusion, pkits, wycheproof } from './vectors.ts';

/** `npm run test:conformance` over the vectors in KYSO_VECTORS. Every file that is named here must be there. */
const folder = process.env['KYSO_VECTORS'];
if (folder === undefined || !existsSync(folder)) {
  process.stderr.write('KYSO_VECTORS names no folder of vectors\n');
  process.exit(2);
}

const runs: readonly (readonly [string, string, () => Expected[]])[] = [
  ['NIST PKITS', 'path', () => pkits(folder)],
  [
    'Wycheproof ECDSA P-256',
    'signature',
    () => wycheproof(folder, 'wycheproof-ecdsa_secp256r1_sha256_p1363_test.json', 'ES256', 'p1363'),
  ],
  [
    'Wycheproof RSA-2048',
    'signature',
    () => wycheproof(folder, 'wycheproof-rsa_signature_2048_sha256_test.json', 'RS256'),
  ],
  ['Merkle inclusion', 'merkle', () => merkleInclusion(folder)],
];

let wrong = 0;
for (const [name, kind, cases] of runs) {
  const report = await runCases(kind, cases());
  wrong += report.wrong.length;
  process.stdout.write(`${name}: ${report.cases} cases, ${report.wrong.length} wrong\n`);
  for (const answer of report.wrong) process.stdout.write(`  ${JSON.stringify(answer)}\n`);
}
process.exitCode = wrong === 0 ? 0 : 1;
