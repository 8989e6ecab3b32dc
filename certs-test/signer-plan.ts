import { districts } from '#core/record/places';
import { Refusal } from '#core/refusal';
import type { KeyStorage } from '#core/sign/fields';
import type { KeyUsage } from './certificate.ts';
import type { Subject } from './distinguished-name.ts';
import { facilityTable } from './facilities.ts';
import type { CompletePkiOptions } from './pki-options.ts';
import type { SignatureAlgorithm } from './signature-algorithm.ts';
import type { KeyKind } from './signing-key.ts';

/** Who gets a certificate, and what is wrong with the bad ones. */

export const FAMILIES = ['government', 'national', 'unknown'] as const;
export type Family = (typeof FAMILIES)[number];

export const BAD_KINDS = [
  'expired',
  'notYetValid',
  'revoked',
  'wrongKeyUsage',
  'wrongUnit',
  'unlisted',
  'unknownRoot',
  'weakKey',
  'sha1',
] as const;
export type BadKind = (typeof BAD_KINDS)[number];

export type SignerPlan = {
  readonly name: string;
  readonly quality: 'good' | BadKind;
  readonly kind: 'district' | 'facility';
  /** the unit it signs for, or claims to */
  readonly unit: string;
  readonly unitName: string;
  readonly district: string;
  readonly family: Family;
  readonly keyKind: KeyKind;
  readonly keyStorage: KeyStorage;
  /** of the token, or of the key in its PKCS#12 file */
  readonly tokenLabel: string;
  readonly subject: Subject;
  /** validity, in days from the making of the PKI */
  readonly days: { readonly from: number; readonly to: number };
  readonly keyUsage: readonly KeyUsage[];
  /** where the issuer is to sign with another than its usual algorithm */
  readonly certificateAlgorithm?: SignatureAlgorithm;
  /** its row of the trust list: mapped to which unit, found by what; null for none */
  readonly row: { readonly unit: string; readonly by: 'certificate' | 'subject' } | null;
};

const HEALTH_DEPARTMENT = 'Sở Y tế Thành phố Hồ Chí Minh';
/** centres with P-256 tokens; the others have RSA-2048 */
const P256_DISTRICTS = new Set(['769', '777', '785']);

const usual = {
  quality: 'good',
  keyStorage: 'token',
  days: { from: -365, to: 730 },
  keyUsage: ['digitalSignature', 'nonRepudiation'],
} as const;

export function planSigners(options: CompletePkiOptions): SignerPlan[] {
  const { districts: centres, facilities, bad, software = false } = options;
  const home = centres[0] ?? '760';
  const plans = [...centres.map(centre), ...facilities.map(facility), ...(bad ? badSigners(home) : [])];
  return software ? plans.map((plan) => ({ ...plan, keyStorage: 'software' })) : plans;
}

/** The name of a district health centre. */
export function centreName(district: string): string {
  const place = districts.get(district);
  if (!place) throw new Refusal('CONFIG_INVALID', { detail: `district ${district}` });
  return `Trung tâm Y tế ${place.name}`;
}

function centre(code: string): SignerPlan {
  return {
    ...usual,
    name: `district-${code}`,
    kind: 'district',
    unit: code,
    unitName: centreName(code),
    district: code,
    family: 'government',
    keyKind: P256_DISTRICTS.has(code) ? 'P-256' : 'RSA-2048',
    tokenLabel: `kyso ${code}`,
    subject: { organization: HEALTH_DEPARTMENT, commonName: centreName(code) },
    row: { unit: code, by: 'certificate' },
  };
}

function facility(code: string): SignerPlan {
  const { name, district, family, keyKind, keyStorage = 'token' } = facilityTable.get(code) ?? missing(code);
  return {
    ...usual,
    name: `facility-${code}`,
    kind: 'facility',
    unit: code,
    unitName: name,
    district,
    family,
    keyKind,
    keyStorage,
    tokenLabel: `kyso ${code}`,
    subject:
      family === 'government'
        ? { organization: HEALTH_DEPARTMENT, department: centreName(district), commonName: name }
        : { organization: name, commonName: name },
    row: { unit: code, by: 'subject' },
  };
}

/** Each differs from a good signer of the district in one thing only, and says in its name what that is. */
function badSigners(district: string): SignerPlan[] {
  const other = [...districts.keys()].find((code) => code !== district) ?? missing(district);
  const make = (quality: BadKind, inWords: string, difference: Partial<SignerPlan> = {}): SignerPlan => ({
    ...centre(district),
    name: `bad-${quality}`,
    quality,
    keyKind: 'RSA-2048',
    tokenLabel: `kyso bad ${quality}`,
    subject: { organization: HEALTH_DEPARTMENT, commonName: `${centreName(district)} (${inWords})` },
    ...difference,
  });
  return [
    make('expired', 'hết hạn', { days: { from: -800, to: -30 } }),
    make('notYetValid', 'chưa hiệu lực', { days: { from: 60, to: 800 } }),
    make('revoked', 'đã thu hồi'),
    make('wrongKeyUsage', 'không dùng để ký', { keyUsage: ['keyEncipherment'] }),
    make('wrongUnit', 'đơn vị khác', { row: { unit: other, by: 'certificate' } }),
    make('unlisted', 'ngoài danh sách', { row: null }),
    make('unknownRoot', 'gốc lạ', { family: 'unknown' }),
    make('weakKey', 'khóa yếu', { keyKind: 'RSA-1024' }),
    make('sha1', 'băm yếu', { certificateAlgorithm: 'RSA-SHA1' }),
  ];
}

function missing(code: string): never {
  throw new Refusal('CONFIG_INVALID', { detail: `unit ${code}` });
}
