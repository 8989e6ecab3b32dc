import { concat } from '#core/bytes';
import { Refusal } from '#core/refusal';

/**
 * r‖s as CKM_ECDSA gives it → DER SEQUENCE of two INTEGERs as CMS carries it (RFC 3279 §2.2.3).
 * @throws Refusal TOKEN_FAILED where the halves are not of one size that P-256 or P-384 has
 */
export function derOfRawEcdsa(raw: Uint8Array): Uint8Array {
  if (raw.length !== 64 && raw.length !== 96)
    throw new Refusal('TOKEN_FAILED', { detail: `ECDSA signature of ${raw.length} bytes` });
  const half = raw.length / 2;
  const integers = concat(integer(raw.subarray(0, half)), integer(raw.subarray(half)));
  return concat(Uint8Array.of(0x30, integers.length), integers);
}

function integer(unsigned: Uint8Array): Uint8Array {
  let first = 0;
  while (first < unsigned.length - 1 && unsigned[first] === 0) first++;
  const minimal = unsigned.subarray(first);
  const sign = (minimal[0] ?? 0) > 0x7f ? Uint8Array.of(0) : new Uint8Array(0);
  return concat(Uint8Array.of(2, minimal.length + sign.length), sign, minimal);
}
