import { isRefusal, Refusal } from '#core/refusal';
import type { ItemSignature } from '#core/wire/signing-sessions';
import { nodeCrypto } from '#verifier/crypto-node';
import type { SignatureAlgorithm } from '../token/token.ts';
import type { WriteCms } from './item-cms.ts';
import { toText, type Intent, type Result } from './item-lines.ts';
import { demandHolds } from './sign-list.ts';

/** An item as it goes to the token. */
export type PreparedItem = Intent & { readonly statement: Uint8Array };

export type CheckedWindow = {
  /** those that hold, up to the first that does not */
  readonly results: readonly Result[];
  /** the same */
  readonly toHandIn: readonly ItemSignature[];
  readonly mismatch: { readonly index: number; readonly refusal: Refusal } | null;
};

export type SignedBy = {
  readonly algorithm: SignatureAlgorithm;
  /** DER */
  readonly certificate: Uint8Array;
  /** DER, its public key */
  readonly spki: Uint8Array;
  readonly writeCms: WriteCms;
};

/**
 * Verifies what the token made of a window: a driver may sign other bytes, or with another key.
 * @param signatures of the first items, in order
 */
export async function checkWindow(
  window: readonly PreparedItem[],
  signatures: readonly Uint8Array[],
  { algorithm, certificate, spki, writeCms }: SignedBy,
): Promise<CheckedWindow> {
  const results: Result[] = [];
  const toHandIn: ItemSignature[] = [];
  for (const [i, signature] of signatures.entries()) {
    const item = window[i];
    if (!item) break;
    const { index, statement, attributes } = item;
    const cms = writeCms(attributes, signature);
    try {
      // reading a CMS back takes longer than the check itself: of a window the first one shows that its form is right
      if (i === 0) await demandHolds(cms, { statement, certificate });
      else if (!(await nodeCrypto.verify(algorithm, spki, attributes, signature)))
        throw new Refusal('KEY_MISMATCH', { detail: 'own signature' });
    } catch (refusal) {
      if (!isRefusal(refusal)) throw refusal;
      return { results, toHandIn, mismatch: { index, refusal } };
    }
    results.push({ index, attributes, signature });
    toHandIn.push({ index, cms: toText(cms) });
  }
  return { results, toHandIn, mismatch: null };
}
