import type { Statement } from '#core/sign/item-statement';
import type { Cms } from './evidence/read-cms.ts';
import { judgeChain, type Chain, type ChainInput } from './judge-chain.ts';
import { Recent, sameParts } from './recent.ts';

const MAX_CHAINS = 64;

/**
 * Remembers what was said of signers while many signatures of few of them are judged: an `each` batch has a signature for every record
 * and one chain. Known again by everything that judgeChain reads, so hand in the same objects, and do not change them.
 */
export class ChainCache {
  readonly #chains = new Recent<readonly unknown[], Promise<Chain>>(sameParts, MAX_CHAINS);

  async judge(
    cms: Cms,
    statement: Pick<Statement, 'kind' | 'unit'> | null,
    input: ChainInput,
  ): Promise<Chain> {
    const parts = partsOf(cms, statement, input);
    const whenever = await this.#chains.find(parts);
    if (whenever) return whenever;
    const claimed = [...parts, cms.attributes.signingTime];
    const known = await this.#chains.find(claimed);
    if (known) return known;
    const judging = judgeChain(cms, statement, input);
    const chain = await judging;
    // the time that a signer claims only tells how bad an expired or revoked certificate is: where nothing is wrong it is not asked for
    void this.#chains.keep(chain.findings.length === 0 ? parts : claimed, judging);
    return chain;
  }
}

/** Each list is preceded by its length, so that nothing can pass from one to the next. */
function partsOf(
  { signer, others, algorithm }: Cms,
  statement: Pick<Statement, 'kind' | 'unit'> | null,
  { trust, at, provenUntil, crypto, certificates, answers: { embedded, handedIn } }: ChainInput,
): unknown[] {
  const list = (items: readonly unknown[]) => [items.length, ...items];
  return [
    ...[trust, at, provenUntil, crypto, signer, algorithm, statement?.kind, statement?.unit.code],
    ...[others, certificates, embedded.crls, embedded.ocsp, handedIn.crls, handedIn.ocsp].flatMap(list),
  ];
}
