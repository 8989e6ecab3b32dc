import { parseArgs } from 'node:util';
import { compare } from '../verifier/support/differential/compare.ts';
import { explanationOf } from '../verifier/support/differential/explained.ts';

/** Generated and mutated chains, judged here and by `openssl verify`; every difference must be explained (docs/differences.md). */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '1' }, chains: { type: 'string', default: '6000' } },
  strict: false,
});
const seed = Number(values.seed);
const { chains, bothValid, differences } = await compare(Number(values.chains), seed);
const byKind: Record<string, number> = {};
const unexplained = differences.filter((difference) => {
  const kind = explanationOf(difference);
  if (kind !== null) byKind[kind] = (byKind[kind] ?? 0) + 1;
  return kind === null;
});
for (const difference of unexplained) process.stderr.write(JSON.stringify(difference) + '\n');
process.stdout.write(
  JSON.stringify({
    campaign: 'differential',
    seed,
    chains,
    bothValid,
    explained: byKind,
    unexplained: unexplained.length,
  }) + '\n',
);
process.exitCode = unexplained.length === 0 ? 0 : 1;
