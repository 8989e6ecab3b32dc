import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { fromBase64 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { parseStatement } from '#core/sign/statement';
import { kyso, run } from '#scripts/demo/processes';
import { fetchEvidence, judge, recordsOf } from './support/evidence.ts';
import { bringIn, type OpenBatch } from './support/new-batch.ts';
import { makeScene, type Scene, type Unit } from './support/scene.ts';

let scene: Scene;
beforeAll(async () => {
  scene = await makeScene();
  await bringIn(scene.world, 40, '760', '79-00123');
  await bringIn(scene.world, 40, '769', '79-00208');
  await bringIn(scene.world, 7, '769', '79-00123');
});
afterAll(() => scene.close());

/** A stranger's check with nothing but openssl and the roots (formats §3). */
async function opensslVerifies(statement: string, cms: Uint8Array, name: string): Promise<number> {
  const { folder, pki } = scene.world;
  const files = { content: join(folder, `${name}.json`), cms: join(folder, `${name}.p7s`) };
  writeFileSync(files.content, statement);
  writeFileSync(files.cms, cms);
  const { code } = await run('openssl', [
    ...['cms', '-verify', '-binary', '-inform', 'DER', '-in', files.cms, '-content', files.content],
    ...['-CAfile', pki.files.roots, '-purpose', 'any', '-out', join(folder, `${name}.out`)],
  ]);
  return code;
}

async function everyRecordIsValid({ batchId, count }: OpenBatch, kinds: readonly string[]): Promise<void> {
  const records = await recordsOf(scene.world, batchId);
  expect(records).toHaveLength(count);
  for (const { district, recordId } of [...records.slice(0, 3), ...records.slice(-3)]) {
    const { status, text } = await fetchEvidence(scene.world, district, recordId);
    expect(status).toBe(200);
    const verdict = await judge(scene.world, text);
    expect(verdict.details).toEqual([]);
    expect(verdict).toMatchObject({ verdict: 'valid', recordId, district });
    expect(verdict.attestations.map(({ kind }) => kind)).toEqual(kinds);
  }
}

describe.each<[string, string, Unit, number]>([
  ['an RSA district', 'district-760', ['district', '760'], 40],
  ['an ECDSA district', 'district-769', ['district', '769'], 47],
])('%s', (_what, name, unit, count) => {
  it('signs its whole list with one token operation, and each record can be proved alone', async () => {
    const signer = await scene.signer(name, unit);
    const batch = await scene.freeze(unit);
    expect(batch.count).toBe(count);
    const { report, refused, tokenOperations } = await signer.sign(batch.batchId);
    expect({ refused, tokenOperations }).toEqual({ refused: null, tokenOperations: 1 });
    expect(report).toMatchObject({ batchId: batch.batchId, count, tokenOperations: 1, resumed: false });
    expect(report?.root).toBe(parseStatement(batch.statement).root);
    expect(signer.journal()).toEqual(['intent', 'result', 'collected']);
    expect(await scene.stateOf(batch.batchId, unit)).toBe('collected');
    expect(await scene.signatures(batch.batchId)).toBe(1);
    await everyRecordIsValid(batch, ['district']);

    const [first] = await recordsOf(scene.world, batch.batchId);
    const { text } = await fetchEvidence(scene.world, unit[1], first?.recordId ?? '');
    const [attestation] = parseEvidence(Buffer.from(text)).attestations;
    const cms = fromBase64(attestation?.signature ?? '') ?? new Uint8Array();
    expect(attestation?.statement).toBe(Buffer.from(batch.statement).toString());
    expect(await opensslVerifies(attestation?.statement ?? '', cms, name)).toBe(0);
    expect(await opensslVerifies(`${attestation?.statement ?? ''}\n`, cms, name)).not.toBe(0);
  });
});

describe('a facility', () => {
  it('signs for its people of several districts; the evidence holds both signatures', async () => {
    const unit: Unit = ['facility', '79-00123'];
    const signer = await scene.signer('facility-79-00123', unit);
    const batch = await scene.freeze(unit);
    expect(batch.count).toBe(47);
    expect(await signer.sign(batch.batchId, { pss: true })).toMatchObject({
      refused: null,
      tokenOperations: 1,
    });
    await everyRecordIsValid(batch, ['facility', 'district']);
  });
});

describe('the command line', () => {
  it('enrols, signs the next list and verifies a copy of the holder, as people type it', async () => {
    const { world } = scene;
    const unit: Unit = ['district', '760'];
    const key = await world.key(...unit);
    await bringIn(world, 12);
    const batch = await scene.freeze(unit);
    expect(parseStatement(batch.statement)).toMatchObject({ sequence: 2 });
    const home = join(world.folder, 'agent');
    const env = world.pki.environment;
    const { body } = await world.call('POST', '/v1/enrolments', { key, body: {} });
    const serial = world.pki.signers.find(({ name }) => name === 'district-760')?.tokenSerial ?? '';
    const enrolled = await kyso(
      [
        ...['agent', 'enrol', String(body['code']), '--api', world.url, '--home', home],
        ...['--module', world.pki.modulePath, '--serial', serial, '--json'],
      ],
      { env },
    );
    expect(enrolled.code, enrolled.err).toBe(0);
    const { deviceId } = JSON.parse(enrolled.out) as { deviceId: string };
    const { body: ticket } = await scene.ticket(batch.batchId, deviceId);
    const signed = await kyso(['agent', 'sign', '--home', home, '--yes', '--pin-fd', '3', '--json'], {
      env,
      stdin: String(ticket['ticket']),
      pin: world.pki.pin,
    });
    expect(signed.code, signed.err).toBe(0);
    expect(JSON.parse(signed.out)).toMatchObject({ batchId: batch.batchId, count: 12, tokenOperations: 1 });

    const [first] = await recordsOf(world, batch.batchId);
    const { text } = await fetchEvidence(world, '760', first?.recordId ?? '', 'holder');
    expect(JSON.parse(text)).toHaveProperty('opening.number');
    const files = { evidence: join(world.folder, 'one.json'), status: join(world.folder, 'status.json') };
    writeFileSync(files.evidence, text);
    writeFileSync(files.status, (await world.call('GET', '/v1/status')).text);
    const verified = await kyso([
      ...['verify', files.evidence, '--trust', world.pki.files.trust],
      ...['--trust-keys', world.pki.files.trustKeys, '--status', files.status, '--json'],
    ]);
    expect(verified.code, verified.out).toBe(0);
    expect(JSON.parse(verified.out.split('\n')[0] ?? '')).toMatchObject({ verdict: 'valid', reasons: [] });
  });
});
