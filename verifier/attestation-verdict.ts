import { ITEM_TYPE } from '#core/sign/item-statement';
import { reasonsOf, worstWord, type Finding } from './finding.ts';
import type { Judgement } from './judge-attestation.ts';
import type { AttestationVerdict } from './verdict.ts';

/** A judgement as it is told, with what was found beside it. */
export function attestationVerdict(
  { findings: own, statement, signer, keyStorage, shortDigest, judgedTime, timeSource }: Judgement,
  more: readonly Finding[],
): { readonly verdict: AttestationVerdict; readonly findings: readonly Finding[] } {
  const findings = [...own, ...more];
  const verdict: AttestationVerdict = {
    verdict: worstWord(findings.map(({ verdict }) => verdict)),
    reasons: reasonsOf(findings),
    details: findings.map(({ code, detail }) => (detail === undefined ? code : `${code}: ${detail}`)),
    ...(statement && {
      kind: statement.kind,
      unit: statement.unit.code,
      unitName: statement.unit.name,
      campaign: statement.campaign,
      batchId: statement.batchId,
      sequence: statement.sequence,
      count: statement.count,
      ...(statement.type === ITEM_TYPE && { index: statement.index }),
    }),
    shortDigest,
    ...(signer && {
      signer: signer.name,
      signerSha256: signer.sha256,
      claimedSigningTime: signer.claimedTime,
    }),
    ...(keyStorage && { keyStorage }),
    judgedTime,
    timeSource,
  };
  return { verdict, findings };
}
