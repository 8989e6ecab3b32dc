import { cpus, loadavg } from 'node:os';
import { table } from './rounds.ts';
import { measureCms } from './verify-cms.ts';
import { measureCrl } from './verify-crl.ts';
import { measureEvidence } from './verify-evidence.ts';
import { measurePaths } from './verify-paths.ts';

/**
 * What the verifier does in a second on one core, beside bare signature checks and beside other libraries, all in this one run. Prints
 * what bench/README.md holds. `npm run bench:verify -- 5 5000 20000` sets rounds, signatures a round and evidence of the batch.
 */
const [rounds = 5, signatures = 5000, evidence = 20_000] = process.argv.slice(2).map(Number);

const load = () => loadavg()[0]?.toFixed(1) ?? '?';
const say = (line: string) => process.stderr.write(`${line} (load ${load()})\n`);
const loadBefore = load();

say('CMS');
const cms = await measureCms(rounds, signatures);
say('evidence');
const many = await measureEvidence(rounds, evidence);
say('paths');
const paths = await measurePaths(rounds);
say('CRLs');
const crls = await measureCrl(rounds);

const head = ['work', 'by', 'a second', 'CPU µs each', '÷ first of its group'];
process.stdout.write(
  `Load average ${loadBefore} at the start, ${load()} at the end. Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, one thread, best of ${rounds} rounds.

${table(head, [...cms, ...many.rows, ...paths])}

Signature checks for all evidence of the batch: ${many.checks[0] ?? 0} in \`list\`, ${many.checks[1] ?? 0} for ${Math.ceil(evidence / 10)} in \`each\`.

${table(['CRL entries', 'DER MB', 'by', 'ms: best', 'ms: first', 'kept MB'], crls)}
`,
);
