import type { VerdictWord } from '../finding.ts';

/** Exit codes of `kyso verify` (formats §4). */
export const EXIT = { valid: 0, invalid: 1, unreadable: 2, undetermined: 3, takenBack: 4 } as const;

const exitOfWord: Record<VerdictWord, number> = {
  valid: EXIT.valid,
  undetermined: EXIT.undetermined,
  superseded: EXIT.takenBack,
  revoked: EXIT.takenBack,
  invalid: EXIT.invalid,
};

/** Worst first: what could not be read may be anything; what was taken back is worse than what could not be settled. */
const FROM_WORST: readonly number[] = [
  EXIT.unreadable,
  EXIT.invalid,
  EXIT.takenBack,
  EXIT.undetermined,
  EXIT.valid,
];

export function exitOf(word: VerdictWord): number {
  return exitOfWord[word];
}

/** The exit code for many inputs: the worst one. */
export function worstExit(codes: readonly number[]): number {
  return FROM_WORST.find((code) => codes.includes(code)) ?? EXIT.valid;
}
