import { sameBytes } from '#core/bytes';
import { claimsOf, decodeClaims, encodeClaims, expiryOf, type Claims } from '#core/certificate/claims';
import { checkCharacter, isOurUvci } from '#core/certificate/uvci';
import type { RecordLeaf } from '#core/record/record';
import { Refusal } from '#core/refusal';
import type { IssuingKey } from './issuing-key.ts';

/** Seconds: how far the API's clock may run before the worker's, and how long an order may lie. */
const AHEAD = 5 * 60;
const OLD = 7 * 24 * 60 * 60;

/**
 * Makes the claims from the record that was signed; of the API's claims only identifier and instants are taken, and they are bounded.
 * @param asked CBOR as the API would have it
 * @returns the bytes to be signed: those asked for, proved to be the worker's own; and the certificate's identifier
 * @throws Refusal CERTIFICATE_CLAIMS_DIFFER, CERTIFICATE_KEY_NONE, CLOCK_WRONG (the worker's, or the API's); CLAIMS_*, CODES_INCONSISTENT, NOT_CANONICAL, HC1_UNREADABLE
 */
export function rebuildClaims(
  asked: Uint8Array,
  record: RecordLeaf,
  key: IssuingKey,
  at: Date,
): { readonly claims: Uint8Array; readonly identifier: string } {
  const { iat, exp, payload } = decodeClaims(asked);
  const identifier = payload.v[0].ci;
  demandIdentifier(identifier);
  demandInstants({ iat, exp }, at);
  demandKeyLives({ iat, exp }, key);
  const own = encodeClaims(claimsOf(record, { identifier, issuedAt: iat, expiresAt: exp }));
  if (!sameBytes(own, asked)) throw differ('not what the record gives');
  return { claims: own, identifier };
}

function demandIdentifier(identifier: string): void {
  const [ours = '', check, ...more] = identifier.split('#');
  if (!isOurUvci(ours) || more.length > 0) throw differ('identifier');
  if (check !== undefined && check !== checkCharacter(ours)) throw differ('check character');
}

function demandInstants({ iat, exp }: Pick<Claims, 'iat' | 'exp'>, at: Date): void {
  const now = Math.floor(at.getTime() / 1000);
  if (iat > now + AHEAD) throw new Refusal('CLOCK_WRONG', { detail: `iat lies ${iat - now} s ahead` });
  if (iat < now - OLD) throw differ('iat is older than 7 days');
  if (exp !== expiryOf(iat)) throw differ('exp is not 12 months after iat');
}

/** A validity is never shortened: where the key does not live as long, another one signs (formats §6). */
function demandKeyLives({ iat, exp }: Pick<Claims, 'iat' | 'exp'>, { from, to, kid }: IssuingKey): void {
  if (iat * 1000 < Date.parse(from) || exp * 1000 > Date.parse(to))
    throw new Refusal('CERTIFICATE_KEY_NONE', { detail: `${kid} is valid from ${from} to ${to}` });
}

function differ(detail: string): Refusal {
  return new Refusal('CERTIFICATE_CLAIMS_DIFFER', { detail });
}
