import { copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fromBase64 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import type { Client } from './client.ts';
import { kyso, run } from './processes.ts';
import type { DemoStage } from './stage.ts';

/** What a stranger needs to check the demo, in one folder. */
export type OutputFolder = {
  readonly dir: string;
  readonly trust: string;
  readonly trustKeys: string;
  readonly status: string;
  readonly evidence: string[];
};

export function openOutput(stage: DemoStage, dir: string): OutputFolder {
  const evidence = join(dir, 'evidence');
  // only what an earlier demo left here is removed: the folder may hold other things
  rmSync(evidence, { recursive: true, force: true });
  mkdirSync(evidence, { recursive: true });
  const files = {
    dir,
    trust: join(dir, 'trust.json'),
    trustKeys: join(dir, 'trust-keys.json'),
    status: join(dir, 'status.json'),
  };
  copyFileSync(stage.pki.files.trust, files.trust);
  copyFileSync(stage.pki.files.trustKeys, files.trustKeys);
  copyFileSync(stage.pki.files.roots, join(dir, 'roots.pem'));
  return { ...files, evidence: [] };
}

export async function writeStatus(client: Client, output: OutputFolder): Promise<void> {
  const { status, text } = await client.get('/v1/status');
  if (status !== 200) throw new Error(`status: ${text}`);
  writeFileSync(output.status, text);
}

/** Evidence of the first records of a district that are signed by a unit of that kind, as anyone but the holder gets it. */
export async function fetchEvidence(
  client: Client,
  output: OutputFolder,
  district: string,
  count: number,
  kind: 'district' | 'facility' = 'district',
): Promise<string[]> {
  const page = await client.must(client.get(`/v1/districts/${district}/records?kind=${kind}&stage=signed`));
  const ids = (page['records'] as { recordId: string }[]).slice(0, count).map(({ recordId }) => recordId);
  const files: string[] = [];
  for (const id of ids) {
    const { status, text } = await client.get(`/v1/evidence/${district}/${id}`);
    if (status !== 200) throw new Error(`evidence: ${text}`);
    const file = join(output.dir, 'evidence', `${district}-${kind}-${id}.json`);
    writeFileSync(file, text);
    files.push(file);
  }
  output.evidence.push(...files);
  return files;
}

const SIGNED_FILES = {
  list: { statement: 'statement.json', signature: 'batch.p7s' },
  each: { statement: 'item-statement.json', signature: 'item.p7s' },
} as const;

/** A signature of the evidence, over its list or over the record alone, checked with stock openssl (formats §3). */
export async function writeSignatureAndAskOpenssl(
  output: OutputFolder,
  evidenceFile: string,
  mode: 'list' | 'each',
): Promise<boolean> {
  const found = parseEvidence(readFileSync(evidenceFile)).attestations.find(({ statement }) =>
    statement.includes(`"mode":"${mode}"`),
  );
  if (!found) throw new Error(`${evidenceFile} has no signature in ${mode} mode`);
  const statement = join(output.dir, SIGNED_FILES[mode].statement);
  const signature = join(output.dir, SIGNED_FILES[mode].signature);
  writeFileSync(statement, found.statement);
  writeFileSync(signature, fromBase64(found.signature) ?? new Uint8Array());
  const roots = join(output.dir, 'roots.pem');
  const { code } = await run('openssl', [
    ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', signature],
    ...['-content', statement, '-CAfile', roots, '-purpose', 'any', '-out', '/dev/null'],
  ]);
  return code === 0;
}

export type FileVerdict = {
  readonly file: string;
  readonly exitCode: number;
  readonly state: string;
  readonly verdict: string;
  readonly reasons: readonly string[];
};

/** Asks `kyso verify`, a process that knows nothing but the files. */
export async function verifyFiles(output: OutputFolder, files: readonly string[]): Promise<FileVerdict[]> {
  const { out, err } = await kyso([
    'verify',
    ...files,
    ...['--trust', output.trust, '--trust-keys', output.trustKeys, '--status', output.status, '--json'],
  ]);
  const lines = out
    .trim()
    .split('\n')
    .filter((line) => line.startsWith('{"file":'));
  if (lines.length !== files.length) throw new Error(`kyso verify: ${err}`);
  return lines.map((line) => JSON.parse(line) as FileVerdict);
}
