import type { CompletePkiOptions } from './pki-options.ts';
import type { KeyKind } from './signing-key.ts';

/** Whose keys make the certificates that people carry: the Ministry's keys by date and type, and what is wrong with the bad ones. */

/** Extended key usages of document signers (EU DCC: what a key may certify); one per type, none means any. */
export const USAGES = {
  test: '1.3.6.1.4.1.1847.2021.1.1',
  vaccination: '1.3.6.1.4.1.1847.2021.1.2',
  recovery: '1.3.6.1.4.1.1847.2021.1.3',
  /** vaccination, of the arc that came first */
  oldVaccination: '1.3.6.1.4.1.0.1847.2021.1.2',
} as const;
export type Usage = keyof typeof USAGES;

export const DOCUMENT_SIGNER_QUALITIES = ['good', 'expired', 'otherUsage', 'unlisted'] as const;

export type DocumentSignerPlan = {
  readonly name: string;
  readonly quality: (typeof DOCUMENT_SIGNER_QUALITIES)[number];
  readonly keyKind: Extract<KeyKind, 'P-256' | 'RSA-2048'>;
  /** validity, in days from the making of the PKI */
  readonly days: { readonly from: number; readonly to: number };
  readonly usages: readonly Usage[];
};

const current = { quality: 'good', days: { from: -365, to: 3 * 365 }, usages: ['vaccination'] } as const;

const good: readonly DocumentSignerPlan[] = [
  { ...current, name: 'ministry-ec', keyKind: 'P-256' },
  { ...current, name: 'ministry-ec-2', keyKind: 'P-256' },
  { ...current, name: 'ministry-rsa', keyKind: 'RSA-2048' },
  // a certificate lives 12 months: this key can sign none any more, another must be chosen
  { ...current, name: 'ministry-ending', keyKind: 'P-256', days: { from: -900, to: 200 } },
  { ...current, name: 'ministry-next', keyKind: 'P-256', days: { from: 30, to: 4 * 365 } },
];

const odd: readonly DocumentSignerPlan[] = [
  { ...current, name: 'ministry-old-arc', keyKind: 'P-256', usages: ['oldVaccination'] },
  { ...current, name: 'ministry-any', keyKind: 'P-256', usages: [] },
  {
    ...current,
    name: 'ministry-recovery',
    quality: 'otherUsage',
    keyKind: 'P-256',
    usages: ['test', 'recovery'],
  },
  {
    ...current,
    name: 'ministry-expired',
    quality: 'expired',
    keyKind: 'P-256',
    days: { from: -900, to: -30 },
  },
  { ...current, name: 'ministry-unlisted', quality: 'unlisted', keyKind: 'P-256' },
];

export function planDocumentSigners({ bad }: Pick<CompletePkiOptions, 'bad'>): DocumentSignerPlan[] {
  return [...good, ...(bad ? odd : [])];
}
