import { readFile, rename, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { z } from 'zod';
import { fromBase64 } from '#core/bytes';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import * as f from '#core/sign/fields';
import { documentSignerShape, type PkiDocumentSigner } from './document-signer.ts';
import { layoutOf, type Layout } from './layout.ts';
import { revocationReasons, type RevocationReason } from './revocation-list.ts';
import { KEY_KINDS } from './signing-key.ts';
import { BAD_KINDS, FAMILIES } from './signer-plan.ts';

/** The description of a generated PKI, pki.json: where everything is and who everyone is. */

/** Raised when the generator makes something else, so that old folders are made anew. */
export const PKI_VERSION = 4;

export const AUTHORITY_NAMES = [
  'government-root',
  'government-ca',
  'national-root',
  'national-ca',
  'unknown-root',
  'unknown-ca',
] as const;
export type AuthorityName = (typeof AUTHORITY_NAMES)[number];

const derText = f.der(16 * 1024);
const reasons = Object.keys(revocationReasons) as [RevocationReason, ...RevocationReason[]];

const authorityShape = z.strictObject({
  name: z.enum(AUTHORITY_NAMES),
  family: z.enum(FAMILIES),
  /** base64 DER */
  certificate: derText,
  crlNumber: z.number().int().min(0),
  /** of the newest CRL written */
  thisUpdate: f.time,
  revoked: z.array(z.strictObject({ serial: f.der(64), at: f.time, reason: z.enum(reasons) })),
});

const signerShape = z.strictObject({
  name: z.string(),
  quality: z.enum(['good', ...BAD_KINDS]),
  kind: f.unitKind,
  unit: f.unitCode,
  unitName: f.text(200),
  /** where the unit lies */
  district: f.district,
  family: z.enum(FAMILIES),
  algorithm: z.enum(KEY_KINDS),
  tokenLabel: z.string(),
  /** empty where the key is in a file */
  tokenSerial: z.string(),
  /** where the key is in software: its PKCS#12 file, relative to the folder; the password is the PIN */
  pkcs12: z.string().optional(),
  issuer: z.enum(AUTHORITY_NAMES),
  /** base64 DER */
  certificate: derText,
  /** base64 DER: the issuing CA, then its root */
  chain: z.array(derText),
  /** its row of the trust list */
  row: z.strictObject({ unit: f.unitCode, by: z.enum(['certificate', 'subject']) }).nullable(),
});

const descriptionShape = z.strictObject({
  version: z.literal(PKI_VERSION),
  madeAt: f.time,
  options: z.strictObject({
    districts: z.array(f.district),
    facilities: z.array(f.unitCode),
    bad: z.boolean(),
    instance: f.instance,
    software: z.boolean().optional(),
    addresses: z.strictObject({ crl: z.url().optional(), ocsp: z.url().optional() }).optional(),
  }),
  /** absolute path of the PKCS#11 module; empty where all keys are in files */
  modulePath: z.string(),
  /** relative to the folder */
  softHsmConfiguration: z.literal('softhsm2.conf'),
  pinFile: z.literal('pin'),
  authorities: z.array(authorityShape),
  signers: z.array(signerShape),
  documentSigners: z.array(documentSignerShape),
});

export type PkiDescription = z.infer<typeof descriptionShape>;
export type PkiAuthority = z.infer<typeof authorityShape>;
export type PkiSigner = z.infer<typeof signerShape>;

export type Pki = {
  /** absolute */
  readonly dir: string;
  readonly files: Layout;
  /** absolute path of the PKCS#11 module; empty where all keys are in files */
  readonly modulePath: string;
  /** the user PIN of every token */
  readonly pin: string;
  /** what a process needs in its environment before it loads the module */
  readonly environment: { readonly SOFTHSM2_CONF: string };
  /** the same, for the Ministry's HSM */
  readonly ministryEnvironment: { readonly SOFTHSM2_CONF: string };
  readonly instance: string;
  readonly description: PkiDescription;
  readonly signers: readonly PkiSigner[];
  /** the Ministry's keys, by date and type */
  readonly documentSigners: readonly PkiDocumentSigner[];
};

/** @throws Refusal CONFIG_INVALID where the folder holds no PKI of this version */
export async function loadPki(dir: string): Promise<Pki> {
  const files = layoutOf(dir);
  const description = readShape(descriptionShape, await readJson(files.description), 'CONFIG_INVALID');
  return {
    dir: resolve(dir),
    files,
    modulePath: description.modulePath,
    pin: (await readFile(files.pin, 'utf8')).trim(),
    environment: { SOFTHSM2_CONF: files.softHsmConfiguration },
    ministryEnvironment: { SOFTHSM2_CONF: files.ministrySoftHsmConfiguration },
    instance: description.options.instance,
    description,
    signers: description.signers,
    documentSigners: description.documentSigners,
  };
}

async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: `${path} cannot be read`, cause });
  }
}

export async function writeDescription(dir: string, description: PkiDescription): Promise<void> {
  await replaceFile(layoutOf(dir).description, JSON.stringify(description, null, 1) + '\n');
}

/** Writes beside the file, then renames: a reader finds the old or the new content, never half of one. */
export async function replaceFile(path: string, content: string | Uint8Array): Promise<void> {
  const fresh = `${path}.${process.pid}.new`;
  await writeFile(fresh, content);
  await rename(fresh, path);
}

/** The absolute path of a software signer's PKCS#12 file. */
export function pkcs12File(pki: Pki, signer: PkiSigner | PkiDocumentSigner): string {
  if (signer.pkcs12 === undefined)
    throw new Refusal('CONFIG_INVALID', { detail: `${signer.name} has a token` });
  return join(pki.dir, signer.pkcs12);
}

/** @param name as `district-760`, `facility-79-00123`, `bad-expired` */
export function signerNamed(pki: Pki, name: string): PkiSigner {
  const signer = pki.signers.find((candidate) => candidate.name === name);
  if (!signer) throw new Refusal('CONFIG_INVALID', { detail: `this test PKI has no signer ${name}` });
  return signer;
}

/** @param name as `ministry-ec`, `ministry-rsa`, `ministry-ending` */
export function documentSignerNamed(pki: Pki, name: string): PkiDocumentSigner {
  const signer = pki.documentSigners.find((candidate) => candidate.name === name);
  if (!signer)
    throw new Refusal('CONFIG_INVALID', { detail: `this test PKI has no document signer ${name}` });
  return signer;
}

export function authorityNamed(pki: Pki, name: AuthorityName): PkiAuthority {
  const authority = pki.description.authorities.find((candidate) => candidate.name === name);
  if (!authority) throw new Refusal('CONFIG_INVALID', { detail: `this test PKI has no authority ${name}` });
  return authority;
}

/** base64 of the description → bytes */
export function bytesOfText(text: string): Uint8Array {
  const bytes = fromBase64(text);
  if (!bytes) throw new Refusal('CONFIG_INVALID', { detail: 'not canonical base64' });
  return bytes;
}

/** Where an authority's newest CRL lies; the unknown family's apart from those that a verifier is given. */
export function crlFile(files: Layout, name: AuthorityName): string {
  return join(name.startsWith('unknown-') ? files.unknown : files.crls, `${name}.crl`);
}

export function authorityKeyFile(files: Layout, name: AuthorityName): string {
  return join(files.keys, `${name}.pem`);
}
