import { readFile } from 'node:fs/promises';
import { base64 } from '#core/bytes';
import { instant } from '#core/dates';
import { daysAfter } from './authorities.ts';
import { certificateParts } from './certificate.ts';
import {
  authorityKeyFile,
  authorityNamed,
  bytesOfText,
  crlFile,
  loadPki,
  replaceFile,
  signerNamed,
  writeDescription,
  type AuthorityName,
  type Pki,
  type PkiAuthority,
} from './pki.ts';
import { issueRevocationList, type RevocationReason } from './revocation-list.ts';
import { fileKey, keyOf } from './signing-key.ts';

/** The CRLs of a generated PKI: each authority has one complete CRL, in force for 30 days. */

export const CRL_DAYS = 30;

export type CrlDates = { readonly thisUpdate: Date; readonly nextUpdate?: Date };

/** What would be the authority's next CRL under other dates, DER; written nowhere. */
export async function makeCrl(pki: Pki, name: AuthorityName, dates: CrlDates): Promise<Uint8Array> {
  const authority = authorityNamed(pki, name);
  return crlOf(pki, { ...authority, crlNumber: authority.crlNumber + 1 }, dates);
}

/** Issues an authority's next CRL and writes it in the place of the last one. */
export async function writeCrl(pki: Pki, name: AuthorityName, dates: CrlDates): Promise<Pki> {
  return publish(pki, authorityNamed(pki, name), dates);
}

/**
 * Revokes a signer's certificate and publishes its issuer's next CRL, dated `at` or as its last CRL where that is later.
 * @returns the PKI as it is now; the one handed in is out of date
 */
export async function revoke(pki: Pki, signerName: string, at: Date, reason: RevocationReason): Promise<Pki> {
  const signer = signerNamed(pki, signerName);
  const { serial } = certificateParts(bytesOfText(signer.certificate));
  const issuer = authorityNamed(pki, signer.issuer);
  const entry = { serial: base64(serial), at: instant(at), reason };
  const revoked = [...issuer.revoked.filter((other) => other.serial !== entry.serial), entry];
  const thisUpdate = new Date(Math.max(at.getTime(), Date.parse(issuer.thisUpdate)));
  return publish(pki, { ...issuer, revoked }, { thisUpdate });
}

async function publish(pki: Pki, authority: PkiAuthority, dates: CrlDates): Promise<Pki> {
  const next = { ...authority, crlNumber: authority.crlNumber + 1, thisUpdate: instant(dates.thisUpdate) };
  await replaceFile(crlFile(pki.files, next.name), await crlOf(pki, next, dates));
  const authorities = pki.description.authorities.map((other) => (other.name === next.name ? next : other));
  await writeDescription(pki.dir, { ...pki.description, authorities });
  return loadPki(pki.dir);
}

async function crlOf(
  pki: Pki,
  authority: PkiAuthority,
  { thisUpdate, nextUpdate }: CrlDates,
): Promise<Uint8Array> {
  const key = fileKey(keyOf(await readFile(authorityKeyFile(pki.files, authority.name), 'utf8')));
  return issueRevocationList({
    issuer: { name: certificateParts(bytesOfText(authority.certificate)).subject, key },
    number: authority.crlNumber,
    thisUpdate,
    nextUpdate: nextUpdate ?? daysAfter(thisUpdate, CRL_DAYS),
    revoked: authority.revoked.map(({ serial, at, reason }) => ({
      serial: bytesOfText(serial),
      at: new Date(at),
      reason,
    })),
  });
}
