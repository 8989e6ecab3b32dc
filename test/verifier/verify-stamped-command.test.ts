import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { evidenceBytes } from '#core/sign/evidence';
import { verifyCommand } from '#verifier/cli/verify-command';
import { ecEvidence } from './support/standard-world.ts';
import {
  cmsOf,
  ocspAbout,
  rootCrl,
  STAMPED_AT,
  stampedEvidence,
  stampTrust,
  withCrls,
} from './support/stamps.ts';
import { pins, trustFile } from './support/world.ts';

let folder = '';
const at = (name: string) => join(folder, name);
const LATER = '2024-06-01T00:00:00Z';
const stamped = stampedEvidence();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'kyso-verify-'));
  const write = (name: string, content: Uint8Array | string) => {
    writeFileSync(at(name), content);
  };
  write('trust.json', trustFile({ ...stampTrust, nextUpdate: '2030-01-01T00:00:00Z' }));
  write('trust-keys.json', canonicalBytes(pins));
  write('stamped.json', evidenceBytes(stamped));
  write('root-only.json', evidenceBytes(withCrls(ecEvidence(), [rootCrl])));
  write('answer.ocsp', ocspAbout());
  write('broken.ocsp', 'nothing');
  write('batch.p7s', cmsOf(stamped));
  write('statement.json', stamped.attestations[0]?.statement ?? '');
  for (const [i, name] of ['ca.crl', 'root.crl'].entries())
    write(name, Uint8Array.from(Buffer.from(stamped.material.crls[i] ?? '', 'base64')));
  write('ca.der', Uint8Array.from(Buffer.from(stamped.material.certificates[0] ?? '', 'base64')));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

async function run(file: string, ...argv: string[]) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const trusting = ['--trust', at('trust.json'), '--trust-keys', at('trust-keys.json'), '--offline'];
  const exitCode = await verifyCommand([at(file), ...trusting, ...argv], { out: say, err: say });
  return { exitCode, text: lines.join('\n'), first: lines[0] ?? '' };
}

test('the reports say at which time was judged, and how it is known', async () => {
  const { exitCode, text } = await run('stamped.json', '--at', LATER);
  expect(exitCode).toBe(0);
  expect(text).toContain(
    `Xét tại · Judged at: ${STAMPED_AT} (dấu thời gian chứng minh, proven by a time stamp)`,
  );
  const json = await run('stamped.json', '--at', LATER, '--json');
  expect(JSON.parse(json.first)).toMatchObject({
    verdict: 'valid',
    attestations: [{ judgedTime: STAMPED_AT, timeSource: 'timestamp' }],
  });
  const now = await run('root-only.json', '--at', '2022-04-30T09:00:00Z');
  expect(now.text).toContain('Judged at: 2022-04-30T09:00:00Z (giờ xét, time of asking)');
});

test('a single signature is judged at the time that its stamp proves', async () => {
  const crls = ['--crl', at('ca.crl'), '--crl', at('root.crl'), '--certificate', at('ca.der')];
  const { exitCode, first } = await run(
    'batch.p7s',
    ...['--content', at('statement.json'), ...crls, '--at', LATER, '--json'],
  );
  expect(exitCode).toBe(0);
  expect(JSON.parse(first)).toMatchObject({ attestations: [{ timeSource: 'timestamp' }] });
});

test('OCSP answers may be handed in; one that cannot be read is said to be', async () => {
  const time = ['--at', '2022-04-30T09:00:00Z'];
  expect((await run('root-only.json', ...time)).exitCode).toBe(3);
  expect((await run('root-only.json', ...time, '--ocsp', at('answer.ocsp'))).exitCode).toBe(0);
  const broken = await run('root-only.json', ...time, '--ocsp', at('broken.ocsp'));
  expect([broken.exitCode, broken.text]).toEqual([2, expect.stringContaining('OCSP_MALFORMED')]);
});
