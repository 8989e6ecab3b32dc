import { readFile, writeFile } from 'node:fs/promises';
import { daysAfter, type Authority } from './authorities.ts';
import { extension, issueCertificate } from './certificate.ts';
import { oid, sequence } from './der.ts';
import { distinguishedName } from './distinguished-name.ts';
import type { Layout } from './layout.ts';
import { authorityNamed, bytesOfText, type Pki } from './pki.ts';
import { fileKey, keyOf, newFileKey, pemOf } from './signing-key.ts';
import type { TimeStampAuthority } from './time-stamp.ts';
import { writeSecret } from './write-folder.ts';

/** The time-stamp authority of a generated PKI: under the government CA, for time stamping only (RFC 3161 §2.3). */

const TIME_STAMPING = '1.3.6.1.5.5.7.3.8';
const DAYS = { from: -365, to: 4 * 365 };

export async function writeTimeStampAuthority(files: Layout, issuer: Authority, at: Date): Promise<void> {
  const key = await newFileKey('P-256');
  const certificate = issueCertificate({
    issuer: { name: issuer.subject, key: issuer.key },
    subject: distinguishedName({
      organization: 'Chứng thực thử nghiệm khối Chính phủ',
      commonName: 'Dấu thời gian thử nghiệm',
    }),
    publicKey: fileKey(key).publicKey,
    from: daysAfter(at, DAYS.from),
    to: daysAfter(at, DAYS.to),
    keyUsage: ['digitalSignature'],
    extensions: [extension('2.5.29.37', true, sequence(oid(TIME_STAMPING)))],
  });
  await writeSecret(files.timeStampKey, pemOf(key));
  await writeFile(files.timeStampCertificate, certificate);
}

/** Ready to issue tokens (time-stamp.ts). */
export async function timeStampAuthority(pki: Pki): Promise<TimeStampAuthority> {
  const { files } = pki;
  const issuer = authorityNamed(pki, 'government-ca');
  return {
    certificate: Uint8Array.from(await readFile(files.timeStampCertificate)),
    chain: [bytesOfText(issuer.certificate)],
    key: fileKey(keyOf(await readFile(files.timeStampKey, 'utf8'))),
  };
}
