import { expect, test } from 'vitest';
import { ecEvidence, options, rsaEvidence } from './support/standard-world.ts';
import { judge } from './support/world.ts';

test('evidence of an RSA and of an ECDSA signer is valid', async () => {
  for (const evidence of [rsaEvidence(), ecEvidence(), rsaEvidence({ withOpening: true })]) {
    const verdict = await judge(evidence, await options());
    expect(verdict.details).toEqual([]);
    expect(verdict).toMatchObject({
      verdict: 'valid',
      reasons: [],
      district: '760',
      trustAge: 205200,
      statusAge: 32400,
    });
    expect(verdict.attestations[0]).toMatchObject({
      verdict: 'valid',
      kind: 'district',
      unit: '760',
      keyStorage: 'token',
      claimedSigningTime: '2022-04-29T08:20:00Z',
      judgedTime: '2022-04-30T09:00:00Z',
      timeSource: 'now',
      count: 7,
    });
  }
});
