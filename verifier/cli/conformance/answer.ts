import { reasonsOf, worstWord, type Finding } from '../../finding.ts';

/** What is written for one case, beside its id. */
export type Answer = {
  readonly verdict: 'valid' | 'invalid' | 'undetermined';
  readonly reasons: readonly string[];
  readonly [more: string]: unknown;
};

export function answerOf(findings: readonly Finding[]): Answer {
  const word = worstWord(findings.map(({ verdict }) => verdict));
  return {
    verdict: word === 'valid' || word === 'undetermined' ? word : 'invalid',
    reasons: reasonsOf(findings),
    details: findings.flatMap(({ detail }) => detail ?? []),
  };
}

export function holds(isTrue: boolean, reason: string): Answer {
  return isTrue ? { verdict: 'valid', reasons: [] } : { verdict: 'invalid', reasons: [reason] };
}
