import { instant } from '#core/dates';
import type { Trust } from '#verifier/trust/trust';
import type { DocumentSignerList } from './document-signers.ts';
import type { IssuingKey } from './issuing-key.ts';

/**
 * Of the keys that were opened at the start, those that may sign now, by kid.
 * @throws Refusal as DocumentSignerList.keys: then none may
 */
export type UsableKeys = (trust: Trust, at: Date) => Promise<ReadonlyMap<string, IssuingKey>>;

/** @param list null where the certificates were handed in one by one */
export function usableKeys(opened: readonly IssuingKey[], list: DocumentSignerList | null): UsableKeys {
  return async (trust, at) => {
    const isOpen = ({ kid }: IssuingKey) => opened.some((one) => one.kid === kid);
    const listed = list ? (await list.keys(trust, at)).filter(isOpen) : opened;
    const now = instant(at);
    return new Map(listed.filter(({ to }) => now < to).map((key) => [key.kid, key]));
  };
}
