import { issueCertificate } from './certificate.ts';
import type { Node } from './der.ts';
import { distinguishedName, type Subject } from './distinguished-name.ts';
import { addressExtensions } from './address-extensions.ts';
import type { AuthorityName } from './pki.ts';
import { fileKey, newFileKey, pemOf, type KeyKind, type SigningKey } from './signing-key.ts';
import type { RevocationAddresses } from './pki-options.ts';
import type { Family } from './signer-plan.ts';

/** Two listed root families and one that nobody lists, each a root and an issuing CA. */

export type Authority = {
  readonly name: AuthorityName;
  readonly family: Family;
  /** DER Name */
  readonly subject: Uint8Array;
  readonly key: SigningKey;
  readonly keyPem: string;
  /** DER */
  readonly certificate: Uint8Array;
};

export type AuthorityFamily = { readonly root: Authority; readonly issuing: Authority };

type FamilyPlan = {
  readonly keys: readonly [KeyKind, KeyKind];
  readonly root: Subject;
  readonly issuing: Subject;
};

const plans: Record<Family, FamilyPlan> = {
  government: {
    keys: ['RSA-3072', 'RSA-3072'],
    root: { organization: 'Chứng thực thử nghiệm khối Chính phủ', commonName: 'CA gốc thử nghiệm Chính phủ' },
    issuing: {
      organization: 'Chứng thực thử nghiệm khối Chính phủ',
      commonName: 'CA thử nghiệm đơn vị công lập',
    },
  },
  national: {
    keys: ['P-256', 'P-256'],
    root: { organization: 'Chứng thực thử nghiệm quốc gia', commonName: 'CA gốc thử nghiệm quốc gia' },
    issuing: { organization: 'Công ty chứng thực mẫu', commonName: 'CA công cộng thử nghiệm' },
  },
  unknown: {
    keys: ['P-256', 'P-256'],
    root: { organization: 'Chứng thực không có trong danh sách', commonName: 'CA gốc lạ' },
    issuing: { organization: 'Chứng thực không có trong danh sách', commonName: 'CA lạ' },
  },
};

const ROOT_DAYS = { from: -6 * 365, to: 14 * 365 };
const ISSUING_DAYS = { from: -5 * 365, to: 5 * 365 };

/**
 * @param at the making of the PKI; validity dates count from it
 * @param addresses that the issuing CA's certificate bears
 */
export async function makeFamily(
  family: Family,
  at: Date,
  addresses: RevocationAddresses = {},
): Promise<AuthorityFamily> {
  const { keys, root: rootSubject, issuing: issuingSubject } = plans[family];
  const [rootKey, issuingKey] = await Promise.all(keys.map(newFileKey));
  if (!rootKey || !issuingKey) throw new TypeError('two keys were planned');

  const name = distinguishedName(rootSubject);
  const key = fileKey(rootKey);
  const authority = (
    subject: Uint8Array,
    own: SigningKey,
    pathLength: number,
    days: { from: number; to: number },
    extensions: readonly Node[] = [],
  ) =>
    issueCertificate({
      issuer: { name, key },
      subject,
      publicKey: own.publicKey,
      from: daysAfter(at, days.from),
      to: daysAfter(at, days.to),
      keyUsage: ['keyCertSign', 'cRLSign'],
      authority: { pathLength },
      extensions,
    });

  const subject = distinguishedName(issuingSubject);
  const ownKey = fileKey(issuingKey);
  return {
    root: {
      name: `${family}-root`,
      family,
      subject: name,
      key,
      keyPem: pemOf(rootKey),
      certificate: authority(name, key, 1, ROOT_DAYS),
    },
    issuing: {
      name: `${family}-ca`,
      family,
      subject,
      key: ownKey,
      keyPem: pemOf(issuingKey),
      certificate: authority(
        subject,
        ownKey,
        0,
        ISSUING_DAYS,
        addressExtensions(`${family}-root`, addresses),
      ),
    },
  };
}

export function daysAfter(at: Date, days: number): Date {
  return new Date(at.getTime() + days * 86_400_000);
}
