import { hex } from '#core/bytes';
import type { Crl } from './crl.ts';
import { EXTENSION } from './extensions.ts';
import { readDer } from './refuse.ts';
import { TAG } from './reader.ts';
import { integerOctets } from './values.ts';

/** CRL number, and for a delta CRL that of its base (RFC 5280 §5.2.3, §5.2.4). */
export type CrlNumbers = { readonly number: bigint | null; readonly base: bigint | null };

/** @throws Refusal CRL_MALFORMED */
export function crlNumbersOf({ extensions }: Crl): CrlNumbers {
  const read = (type: string) => {
    const value = extensions.get(type)?.value;
    if (!value) return null;
    return readDer(value, 64, 'CRL_MALFORMED', (reader) =>
      BigInt(`0x${hex(integerOctets(reader.content(TAG.integer)))}`),
    );
  };
  return { number: read(EXTENSION.crlNumber), base: read(EXTENSION.deltaCrlIndicator) };
}
