import { existsSync } from 'node:fs';
import { dccCommon } from './dcc-common.ts';
import { revocationHashes, vietnameseSample } from './dcc-core.ts';
import { issuedPassesSchema } from './dcc-schema.ts';
import { runCases, type Expected, type Report } from './harness.ts';
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
  ['EU certificates, common', 'dcc', () => dccCommon(folder)],
];

/** What core says by itself, without the command. */
const reports: readonly (readonly [string, () => Report])[] = [
  ['Vietnamese certificate', () => vietnameseSample(folder)],
  ['Revocation hashes', () => revocationHashes(folder)],
  ['EU schema 1.3.0, what we issue', () => issuedPassesSchema(folder)],
];

let wrong = 0;
function tell(name: string, report: Report): void {
  wrong += report.wrong.length;
  process.stdout.write(`${name}: ${report.cases} cases, ${report.wrong.length} wrong\n`);
  for (const answer of report.wrong) process.stdout.write(`  ${JSON.stringify(answer)}\n`);
}
for (const [name, kind, cases] of runs) tell(name, await runCases(kind, cases()));
for (const [name, report] of reports) tell(name, report());
process.exitCode = wrong === 0 ? 0 : 1;
