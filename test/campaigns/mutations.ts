import { parseArgs } from 'node:util';
import { base64 } from '#core/bytes';
import { mutations, originalsHold } from '../verifier/support/mutations/run-mutations.ts';

/** Changed and cross-swapped evidence, signatures and OCSP answers: none may be accepted. */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, count: { type: 'string', default: '100000' } },
  strict: false,
});
const seed = Number(values.seed);
if (!(await originalsHold())) throw new Error('not everything is good before it is changed');
const tried = { evidence: 0, cms: 0, ocsp: 0 };
let accepted = 0;
const start = performance.now();
for await (const { kind, isAccepted, bytes } of mutations(Number(values.count), seed)) {
  tried[kind]++;
  if (!isAccepted) continue;
  accepted++;
  process.stderr.write(JSON.stringify({ kind, bytes: base64(bytes) }) + '\n');
}
const seconds = Math.round((performance.now() - start) / 1000);
process.stdout.write(JSON.stringify({ campaign: 'mutations', seed, ...tried, accepted, seconds }) + '\n');
process.exitCode = accepted === 0 ? 0 : 1;
