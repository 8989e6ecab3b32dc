import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Answer } from '../../support/world.ts';
import { take } from '../rows-in.ts';
import { IssuingWorld } from './support/issuing-world.ts';
import { newKey, rowOf } from './support/ministry.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make();
});
afterAll(() => issuing.close());

const verify = (body: object): Promise<Answer> => issuing.world.call('POST', '/v1/verify', { body });

async function textOf(issued: Awaited<ReturnType<IssuingWorld['issued']>>): Promise<string> {
  const { body } = await issuing.world.call('POST', '/v1/certificates/lookup', {
    body: { code: issued.view.code, birthDate: issued.row.birthDate },
  });
  return String(body['text']);
}

describe('a certificate', () => {
  it('is valid until it is taken back', async () => {
    const issued = await issuing.issued();
    const text = await textOf(issued);
    const { status, body } = await verify({ text });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      certificate: { verdict: 'valid', reasons: [], issuer: 'VN', kid: issuing.key.kid, group: 'v' },
    });
    await take(issuing.world, [{ ...issued.row, lot: 'ZZ9' }]);
    issuing.world.clock.offsetMs += 61_000;
    expect((await verify({ text })).body).toMatchObject({
      certificate: { verdict: 'revoked', reasons: ['CERTIFICATE_REVOKED'] },
    });
  });

  it('that was changed, or is none, is judged too', async () => {
    const text = await textOf(await issuing.issued());
    const changed = text.slice(0, 60) + (text[60] === 'A' ? 'B' : 'A') + text.slice(61);
    for (const wrong of [changed, 'HC1:', 'x', text.slice(4)]) {
      const { status, body } = await verify({ text: wrong });
      expect({ status, body }).toMatchObject({ status: 200, body: { certificate: { verdict: 'invalid' } } });
      expect(body['certificate']).not.toHaveProperty('payload');
    }
  });

  it('of a signer who is not listed any more is not valid', async () => {
    const text = await textOf(await issuing.issued());
    const other = await newKey('P-256');
    await issuing.publish([rowOf(other)]);
    expect((await verify({ text })).body).toMatchObject({
      certificate: { verdict: 'invalid', reasons: ['DOCUMENT_SIGNER_UNKNOWN'] },
    });
    await issuing.publish([rowOf(issuing.key)]);
  });
});

describe('evidence', () => {
  it('is judged with the status of today', async () => {
    const { row, recordId } = await issuing.issued();
    const key = await issuing.world.key('district', '760');
    const { text: evidence } = await issuing.world.call('GET', `/v1/evidence/760/${recordId}`, { key });
    expect((await verify({ evidence })).body).toMatchObject({
      evidence: { verdict: 'valid', recordId, district: '760', attestations: [{ verdict: 'valid' }] },
    });
    await take(issuing.world, [{ ...row, lot: 'ZZ9' }]);
    expect((await verify({ evidence })).body).toMatchObject({
      evidence: { verdict: 'superseded', reasons: ['RECORD_SUPERSEDED'] },
    });
  });

  it('that cannot be read is invalid, and no error', async () => {
    expect(await verify({ evidence: '{}' })).toMatchObject({
      status: 200,
      body: { evidence: { verdict: 'invalid', reasons: ['EVIDENCE_MALFORMED'] } },
    });
  });
});

it('takes one of the two, and nothing else', async () => {
  for (const body of [{}, { text: 'HC1:', evidence: '{}' }, { text: 'HC1:', at: '2022-01-01' }])
    expect(await verify(body)).toMatchObject({ status: 400, body: { code: 'REQUEST_MALFORMED' } });
});
