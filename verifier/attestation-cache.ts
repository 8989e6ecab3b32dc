import type { Material } from '#core/sign/evidence';
import { ChainCache } from './chain-cache.ts';
import { Frames } from './evidence/frames.ts';
import { readMaterial, type FoundMaterial } from './evidence/material.ts';
import { Recent, sameParts } from './recent.ts';
import type { Judgements } from './judge-attestations.ts';

const MAX_MATERIALS = 8;

/**
 * Remembers judgements while many records of one batch are verified, so that their one signature and path are judged once. The key is
 * everything a judgement depends on, compared in full: instant, trust list, CRLs and OCSP answers handed in, statement, signature and material.
 * Bounded; the least recently used leave first. Keep one for a run; the caller does not change lists that were handed in.
 */
export class AttestationCache {
  /** what was read already, beside what was judged */
  readonly frames = new Frames();
  /** of signers of items, whose judgements come once each */
  readonly chains = new ChainCache();
  readonly #materials = new Recent<readonly string[], FoundMaterial>(sameParts, MAX_MATERIALS);
  readonly #entries = new Map<string, Promise<Judgements>>();
  readonly #names = new WeakMap<object, number>();
  readonly #maxCharacters: number;
  #characters = 0;
  #lastName = 0;

  /** @param maxCharacters bound on the keys together; material is most of a key */
  constructor(maxCharacters = 32 * 1024 * 1024) {
    this.#maxCharacters = maxCharacters;
  }

  /** @param by what the judgement depends on: texts by value, objects by identity */
  judge(by: readonly (string | object)[], judge: () => Promise<Judgements>): Promise<Judgements> {
    const key = this.#keyOf(by);
    const known = this.#entries.get(key);
    if (known) {
      this.#entries.delete(key);
      this.#entries.set(key, known);
      return known;
    }
    const judgement = judge();
    this.#entries.set(key, judgement);
    this.#characters += key.length;
    this.#shrink();
    return judgement;
  }

  /** As readMaterial; the same texts give the same objects. */
  material({ certificates, crls, ocsp }: Material): FoundMaterial {
    const texts = [certificates.length, crls.length].map(String).concat(certificates, crls, ocsp);
    return (
      this.#materials.find(texts) ?? this.#materials.keep(texts, readMaterial({ certificates, crls, ocsp }))
    );
  }

  /** Lengths first: no two lists of parts give the same key. */
  #keyOf(by: readonly (string | object)[]): string {
    const parts = by.map((part) => (typeof part === 'string' ? part : `#${this.#nameOf(part)}`));
    return parts.map(({ length }) => length).join(',') + ';' + parts.join('');
  }

  #nameOf(part: object): number {
    const known = this.#names.get(part);
    if (known !== undefined) return known;
    this.#names.set(part, ++this.#lastName);
    return this.#lastName;
  }

  #shrink(): void {
    for (const key of this.#entries.keys()) {
      if (this.#characters <= this.#maxCharacters) return;
      this.#entries.delete(key);
      this.#characters -= key.length;
    }
  }
}
