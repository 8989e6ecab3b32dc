import type { KeyStorage } from '#core/sign/fields';
import type { Statement } from '#core/sign/item-statement';
import type { Crypto } from '../crypto-port.ts';
import type { Certificate } from '../der/certificate.ts';
import { unitRuleForSigner } from '../evidence/unit-rule.ts';
import { buildPath } from '../path/build-path.ts';
import { rootsAt, signerRows, type Trust } from './trust.ts';

/**
 * Where the trust list says that the key of a signer certificate lies, asked before it signs anything. Judges nothing else.
 * @param pool certificates of issuers
 * @param at an instant
 * @returns null where no row names the certificate
 */
export function keyStorageOf(
  signer: Certificate,
  of: Pick<Statement, 'kind' | 'unit'>,
  pool: readonly Certificate[],
  trust: Trust,
  at: string,
  crypto: Crypto,
): KeyStorage | null {
  const path = buildPath(signer, pool, rootsAt(trust, at));
  if ('code' in path) return null;
  return unitRuleForSigner(signerRows(trust, path[0], path[1], at, crypto), of).keyStorage;
}
