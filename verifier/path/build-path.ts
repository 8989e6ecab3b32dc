import { sameBytes } from '#core/bytes';
import type { Certificate } from '../der/certificate.ts';
import { invalid, undetermined, type Finding } from '../finding.ts';
import { sameName } from '../path-rules/name-chaining.ts';

/** Signer first, then intermediates, the root last. */
export type Path = readonly [Certificate, Certificate, ...Certificate[]];

const MAX_LENGTH = 8;

/**
 * The one path from the signer to a root, found by names. Where a name could stand for two certificates the path branches, and that
 * is not decided here yet.
 * @param pool certificates that came with the signature, the signer's own aside
 * @param roots of the trust list at the judged time
 */
export function buildPath(
  signer: Certificate,
  pool: readonly Certificate[],
  roots: readonly Certificate[],
): Path | Finding {
  const path: Certificate[] = [];
  for (let last = signer; path.length < MAX_LENGTH;) {
    path.push(last);
    const [issuer, second] = issuersOf(last, [signer, ...pool], roots);
    if (second) return undetermined('PATH_NOT_UNDERSTOOD', 'two certificates bear the name of an issuer');
    if (!issuer)
      return invalid('SIGNER_UNTRUSTED', `no issuer among what was given, after ${path.length} certificates`);
    if (path.some(({ der }) => sameBytes(der, issuer.der)))
      return invalid('SIGNER_UNTRUSTED', 'the path runs in a circle');
    if (roots.includes(issuer)) return [signer, ...path.slice(1), issuer] as unknown as Path;
    last = issuer;
  }
  return invalid('SIGNER_UNTRUSTED', `more than ${MAX_LENGTH} certificates`);
}

/** Every certificate that bears the issuer's name, each once; a root that is also in the pool is the root. */
function issuersOf(
  certificate: Certificate,
  pool: readonly Certificate[],
  roots: readonly Certificate[],
): Certificate[] {
  const found: Certificate[] = [];
  for (const candidate of [...roots, ...pool])
    if (
      sameName(candidate.subject, certificate.issuer) &&
      !found.some(({ der }) => sameBytes(der, candidate.der))
    )
      found.push(candidate);
  return found;
}
