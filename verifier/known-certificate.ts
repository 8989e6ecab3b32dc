import { sameBytes } from '#core/bytes';
import { commonName } from './der/name.ts';
import { readCertificate, type Certificate } from './der/certificate.ts';
import { Recent } from './recent.ts';

const MAX_KNOWN = 64;

const known = new Recent<Uint8Array, Certificate>(sameBytes, MAX_KNOWN);

/**
 * As readCertificate, but one that was read lately is not read again: the signatures of an `each` batch carry the same certificates
 * thousands of times. The same bytes give the same object, by which chains are remembered too.
 * @throws Refusal CERTIFICATE_MALFORMED
 */
export function knownCertificate(der: Uint8Array): Certificate {
  const found = known.find(der);
  if (found) return found;
  // over bytes of our own: a certificate is views into what it was read from, and a caller may write into his
  const own = new Uint8Array(der);
  return known.keep(own, readCertificate(own));
}

const names = new WeakMap<Certificate, string>();

/** The common name of the subject, read once. @param certificate from knownCertificate */
export function knownName(certificate: Certificate): string {
  const name = names.get(certificate) ?? commonName(certificate.subject);
  names.set(certificate, name);
  return name;
}
