import { base64url } from '#core/bytes';
import { Refusal } from '#core/refusal';
import type { Certificate } from '#verifier/der/certificate';
import type { Crl } from '#verifier/der/crl';
import { knownCertificate } from '#verifier/known-certificate';
import { signerPolicy } from '#verifier/path/path-policy';
import { isSignedBy } from '#verifier/revocation/crl-signer';
import { isDelta, readScope } from '#verifier/revocation/usable-crl';
import { rootsAt, type Trust } from '#verifier/trust/trust';
import { instant } from '#core/dates';
import type { Service } from '../service.ts';
import { fetchedCrlsOf } from './fetched-crls-of.ts';
import { freshCrls } from './fresh-crls.ts';

/** What a signer's machine asks before it signs: who certified its signer, and whether that was taken back. */

/**
 * The newest complete CRL of an issuer that the trust list or the certificate folder names, from the folder or fetched; one that is not yet issued is passed over, as in
 * judging.
 * @param issuerKey base64url SHA-256 of the issuer's SubjectPublicKeyInfo
 * @returns DER
 * @throws Refusal ISSUER_UNKNOWN, REVOCATION_UNKNOWN where there is no CRL of it
 */
export async function newestCrl(service: Service, issuerKey: string): Promise<Uint8Array> {
  const trust = await service.trust.trust(service.clock());
  const known = await authorities(service, trust);
  const issuer = known.find(({ spki }) => base64url(service.crypto.sha256(spki)) === issuerKey);
  if (!issuer) throw new Refusal('ISSUER_UNKNOWN');
  let newest: Crl | null = null;
  const crls = [...(await freshCrls(service)), ...(await fetchedCrlsOf(service, issuer, known))];
  const at = instant(service.clock());
  const issued = crls.filter(({ thisUpdate }) => thisUpdate <= at);
  for (const crl of issued)
    if ((!newest || crl.thisUpdate > newest.thisUpdate) && (await isCompleteOf(service, crl, issuer, trust)))
      newest = crl;
  if (!newest) throw new Refusal('REVOCATION_UNKNOWN', { detail: 'no CRL of this issuer' });
  return newest.der;
}

/**
 * The certificate of an issuer, for tokens that do not carry it; of two with one name the later one.
 * @param nameSha256 base64url SHA-256 of the issuer's Name, DER
 * @returns DER
 * @throws Refusal ISSUER_UNKNOWN
 */
export async function issuerCertificate(service: Service, nameSha256: string): Promise<Uint8Array> {
  const trust = await service.trust.trust(service.clock());
  const [issuer] = (await authorities(service, trust))
    .filter(({ subject }) => base64url(service.crypto.sha256(subject)) === nameSha256)
    .sort((a, b) => (a.notBefore < b.notBefore ? 1 : -1));
  if (!issuer) throw new Refusal('ISSUER_UNKNOWN');
  return issuer.der;
}

async function authorities(service: Service, trust: Trust): Promise<Certificate[]> {
  const issuing = (await service.revocation.certificates()).map(knownCertificate);
  return [...issuing, ...rootsAt(trust, instant(service.clock()))];
}

const judged = new WeakMap<Crl, Map<string, Promise<boolean>>>();

/** Asked by anyone, so a CRL of megabytes is checked once. */
function isCompleteOf(service: Service, crl: Crl, issuer: Certificate, { list }: Trust): Promise<boolean> {
  const { signatures, minRsaBits } = list.algorithms;
  const name = [base64url(service.crypto.sha256(issuer.der)), ...signatures, minRsaBits].join(' ');
  const known = judged.get(crl) ?? new Map<string, Promise<boolean>>();
  judged.set(crl, known);
  const isComplete =
    known.get(name) ??
    isSignedBy(crl, issuer, {
      policy: signerPolicy({ signatures, minRsaBits }),
      crypto: service.crypto,
    }).then((signed) => signed && !isDelta(crl) && readScope(crl)?.scope === null);
  known.set(name, isComplete);
  return isComplete;
}
