import type { RefusalCode } from '#core/refusal';
import { isRefusal } from '#core/refusal';

/** How a question may end, from best to worst: the worst answer wins. */
const VERDICT_WORDS = ['valid', 'undetermined', 'superseded', 'revoked', 'invalid'] as const;
export type VerdictWord = (typeof VERDICT_WORDS)[number];

/** What one rule found: the code, and what it alone makes of the verdict. `valid` is a remark that lowers nothing. */
export type Finding = {
  readonly code: RefusalCode;
  readonly verdict: VerdictWord;
  /** for engineers: English, without personal data */
  readonly detail?: string;
};

export function invalid(code: RefusalCode, detail?: string): Finding {
  return { code, verdict: 'invalid', ...(detail === undefined ? {} : { detail }) };
}

export function undetermined(code: RefusalCode, detail?: string): Finding {
  return { code, verdict: 'undetermined', ...(detail === undefined ? {} : { detail }) };
}

export function worstWord(words: readonly VerdictWord[]): VerdictWord {
  return words.reduce(
    (worst, word) => (VERDICT_WORDS.indexOf(word) > VERDICT_WORDS.indexOf(worst) ? word : worst),
    'valid',
  );
}

/** Codes once each, those that weigh most first. */
export function reasonsOf(findings: readonly Finding[]): RefusalCode[] {
  const weight = ({ verdict }: Finding) => VERDICT_WORDS.indexOf(verdict);
  return [...new Set([...findings].sort((a, b) => weight(b) - weight(a)).map(({ code }) => code))];
}

/** Runs a reader: what it refuses becomes an `invalid` finding; anything else it throws is a fault of ours and passes on. */
export function read<T>(reader: () => T, findings: Finding[]): T | null {
  try {
    return reader();
  } catch (error) {
    if (!isRefusal(error)) throw error;
    findings.push(invalid(error.code, error.detail));
    return null;
  }
}
