import { Refusal } from '#core/refusal';
import type { ListStatement } from '#core/sign/statement';
import type { Entry, Intent, Place, Result } from '../journal.ts';

/** What the journal says about a statement before it is signed: recovery after a crash runs the same code as a first run. */
export type Earlier = {
  /** signed: it is handed in again, never signed again */
  readonly result: Result | undefined;
  /** perhaps signed ("có thể đã ký"): the identical bytes are signed again after a new approval */
  readonly intent: Intent | undefined;
  /** how many signatures those are: in `each` mode of items */
  readonly perhapsSigned: number;
};

/** @param signerSha256 of the certificate that would sign now: what another one made is another signature */
export function earlierFor(
  entries: readonly Entry[],
  statementSha256: string,
  signerSha256: string,
): Earlier {
  const own = entries
    .filter((entry) => entry.type !== 'collected' && entry.type !== 'items')
    .filter((entry) => entry.statementSha256 === statementSha256 && entry.signerSha256 === signerSha256);
  const lastAttempt = own.findLast((entry) => entry.type !== 'result');
  const intent = lastAttempt?.type === 'intent' ? lastAttempt : undefined;
  return { result: own.findLast((entry) => entry.type === 'result'), intent, perhapsSigned: intent ? 1 : 0 };
}

export type Sequel =
  /** this machine remembers no list of the unit */
  | 'first-here'
  /** it follows the list that this machine signed last */
  | 'next'
  /** the unit signed lists in between on another machine */
  | 'gap';

type Known = Place & { readonly statementSha256: string };

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
  const isNext = statement.sequence === last.sequence + 1;
  if (isNext !== (statement.previous === last.statementSha256))
    throw new Refusal('STATEMENT_OUT_OF_SEQUENCE', { detail: 'previous' });
  return isNext ? 'next' : 'gap';
}

function lastCollected(entries: readonly Entry[], statement: ListStatement): Known | undefined {
  const { instance, kind, unit } = statement;
  return [...entries.filter((entry) => entry.type === 'collected'), ...followed(entries, statement)]
    .filter((entry) => entry.instance === instance && entry.kind === kind && entry.unit === unit.code)
    .reduce<Known | undefined>(
      (last, entry) => (last && last.sequence >= entry.sequence ? last : entry),
      undefined,
    );
}

/**
 * What this machine signed and did not hear was collected: the statement that names it as its previous one says so. Otherwise a server
 * that was away at the wrong moment would pass for another machine.
 */
function followed(entries: readonly Entry[], { previous }: ListStatement): Known[] {
  const isSigned = entries.some(({ type, statementSha256 }) => {
    return statementSha256 === previous && (type === 'result' || type === 'items');
  });
  if (!isSigned) return [];
  return entries
    .filter((entry) => entry.type === 'intent' || entry.type === 'items')
    .filter((entry) => entry.statementSha256 === previous);
}
