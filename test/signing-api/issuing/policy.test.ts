import { afterAll, beforeAll, expect, it } from 'vitest';
import { utf8 } from '#core/bytes';
import { parseEvidence } from '#core/sign/evidence';
import { personRow } from '../rows-in.ts';
import { IssuingWorld } from './support/issuing-world.ts';

let issuing: IssuingWorld;
beforeAll(async () => {
  issuing = await IssuingWorld.make({ KYSO_ISSUING_POLICY: 'both' });
});
afterAll(() => issuing.close());

it('`both` issues what district and facility signed, with both attestations, and nothing else', async () => {
  const [recordId = ''] = await issuing.signed([personRow()]);
  await issuing.order();
  await issuing.order({ scope: 'records', records: [{ district: '760', recordId }] });
  expect(await issuing.certificates(recordId)).toEqual([]);
  await issuing.collect('facility', '79-00123');
  await issuing.order();
  const [job] = await issuing.worker.run();
  const kinds = parseEvidence(utf8(job?.evidence ?? '')).attestations.map(
    ({ statement }) => (JSON.parse(statement) as { kind: string }).kind,
  );
  expect(kinds).toEqual(['facility', 'district']);
  expect(await issuing.certificates(recordId)).toMatchObject([{ state: 'issued' }]);
});
