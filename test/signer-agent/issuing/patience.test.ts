import { describe, expect, it } from 'vitest';
import { Refusal, refusals, type RefusalCode } from '#core/refusal';
import { isOfTheJob, OpenQuestion } from '#signer-agent/issuing/passing-refusals';
import { Patience } from '#signer-agent/issuing/patience';

const times = (count: number, run: () => void) => {
  for (let i = 0; i < count; i++) run();
};
const stale = new Refusal('TRUST_STALE');

describe('a worker whose own ground is wrong', () => {
  it('loses patience after a thousand jobs in a row that pass for one reason', () => {
    const patience = new Patience();
    times(999, () => patience.passed(stale));
    expect(patience.lost).toBeNull();
    patience.passed(stale);
    expect(patience.lost).toMatchObject({ code: 'TRUST_STALE' });
  });

  it('keeps it while jobs are decided, or pass for other reasons', () => {
    const patience = new Patience();
    times(999, () => patience.passed(stale));
    patience.decided();
    times(999, () => patience.passed(stale));
    patience.passed(new Refusal('POLICY_NOT_MET'));
    expect(patience.lost).toBeNull();
  });

  it('loses it at once where a clock is wrong', () => {
    const patience = new Patience();
    patience.passed(new Refusal('CLOCK_WRONG'));
    expect(patience.lost).toMatchObject({ code: 'CLOCK_WRONG' });
  });
});

describe('the API is told', () => {
  const codes = Object.keys(refusals) as RefusalCode[];

  it('of what is wrong with the record', () => {
    const told: RefusalCode[] = [
      ...(['CERTIFICATE_CLAIMS_DIFFER', 'CERTIFICATE_ALREADY_ISSUED', 'CODES_INCONSISTENT'] as const),
      ...(['RECORD_SUPERSEDED', 'RECORD_WITHDRAWN', 'PROOF_INVALID', 'SIGNATURE_INVALID'] as const),
      ...codes.filter((code) => /^(CLAIMS|EVIDENCE)_/.test(code)),
    ];
    for (const code of told) expect([code, isOfTheJob(new Refusal(code))]).toEqual([code, true]);
  });

  it('not of what another day or another worker may find otherwise', () => {
    for (const code of codes.filter((one) => /^(TRUST|STATUS|DOCUMENT_SIGNERS)_/.test(one)))
      expect([code, isOfTheJob(new Refusal(code))]).toEqual([code, false]);
    expect(isOfTheJob(new OpenQuestion('CRL_MALFORMED'))).toBe(false);
  });
});
