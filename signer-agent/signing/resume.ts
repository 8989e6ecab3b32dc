import { Refusal } from '#core/refusal';
import type { ListStatement } from '#core/sign/statement';
import type { Collected, Entry, Intent, Result } from '../journal.ts';

/** What the journal says about a statement before it is signed: recovery after a crash runs the same code as a first run. */
export type Earlier = {
  /** signed: it is handed in again, never signed again */
  readonly result: Result | undefined;
  /** perhaps signed ("có thể đã ký"): the identical bytes are signed again after a new approval */
  readonly intent: Intent | undefined;
};

/** @param signerSha256 of the certificate that would sign now: what another one made is another signature */
export function earlierFor(
  entries: readonly Entry[],
  statementSha256: string,
  signerSha256: string,
): Earlier {
  const own = entries
    .filter((entry) => entry.type !== 'collected')
    .filter((entry) => entry.statementSha256 === statementSha256 && entry.signerSha256 === signerSha256);
  const lastAttempt = own.findLast((entry) => entry.type !== 'result');
  return {
    result: own.findLast((entry) => entry.type === 'result'),
    intent: lastAttempt?.type === 'intent' ? lastAttempt : undefined,
  };
}

export type Sequel =
  /** this machine remembers no list of the unit */
  | 'first-here'
  /** it follows the list that this machine signed last */
  | 'next'
  /** the unit signed lists in between on another machine */
  | 'gap';

/**
 * Whether a statement follows what this machine saw collected for the same unit and kind.
 * @throws Refusal STATEMENT_OUT_OF_SEQUENCE where it would replace or fork that past
 */
export function sequelOf(
  entries: readonly Entry[],
  statement: ListStatement,
  statementSha256: string,
): Sequel {
  const last = lastCollected(entries, statement);
  if (!last) return 'first-here';
  if (last.statementSha256 === statementSha256) return 'next';
  if (statement.sequence <= last.sequence)
    throw new Refusal('STATEMENT_OUT_OF_SEQUENCE', { detail: `sequence ${statement.sequence}` });
  if (statement.sequence > last.sequence + 1) return 'gap';
  if (statement.previous !== last.statementSha256)
    throw new Refusal('STATEMENT_OUT_OF_SEQUENCE', { detail: 'previous' });
  return 'next';
}

function lastCollected(
  entries: readonly Entry[],
  { instance, kind, unit }: ListStatement,
): Collected | undefined {
  return entries
    .filter((entry): entry is Collected => entry.type === 'collected')
    .filter((entry) => entry.instance === instance && entry.kind === kind && entry.unit === unit.code)
    .reduce<Collected | undefined>(
      (last, entry) => (last && last.sequence >= entry.sequence ? last : entry),
      undefined,
    );
}
