import { deflateSync } from 'node:zlib';
import { concat } from '#core/bytes';
import type { Cbor } from '#core/certificate/cbor-value';
import { encodeCbor } from '#core/certificate/cbor';
import { claimsOf, claimsValue } from '#core/certificate/claims';
import { coseSign1, ES256, protectedHeader, PS256, sigStructure } from '#core/certificate/cose';
import { hc1Text } from '#core/certificate/hc1';
import { expiryOf } from '#core/certificate/hcert';
import { makeUvci } from '#core/certificate/uvci';
import type { RecordLeaf } from '#core/record/record';
import { sha256 } from '#verifier/crypto-node';
import { oid, sequence } from '../../support/der-write.ts';
import { signWith } from '../../support/keys.ts';
import { record } from '../../support/world.ts';
import { issue, type CertificateOptions, type Holder } from '../../support/x509.ts';

/** Certificates of the right form, and wrong ones on purpose, all really signed by keys made here. */

export const ISSUED_AT = Date.parse('2022-04-20T00:00:00Z') / 1000;
/** within them: a certificate issued at ISSUED_AT for 12 months */
export const SIGNER_DATES = { from: '2022-01-01T00:00:00Z', to: '2024-01-01T00:00:00Z' } as const;

export const VACCINATION = '1.3.6.1.4.1.1847.2021.1.2';

export function purposes(...oids: readonly string[]): NonNullable<CertificateOptions['extensions']> {
  return [['2.5.29.37', false, sequence(...oids.map(oid))]];
}

export function newSigner(keyKind: 'p256' | 'rsa', options: Partial<CertificateOptions> = {}): Holder {
  return issue({
    name: 'DSC Bộ Y tế',
    keyKind,
    ...SIGNER_DATES,
    extensions: purposes(VACCINATION),
    ...options,
  });
}

export function kidOf({ certificate }: Holder): Uint8Array {
  return sha256(certificate).subarray(0, 8);
}

export const identifier = (number: number) =>
  makeUvci(sha256(new TextEncoder().encode(`uvci ${number}`)).subarray(0, 16));

/** The CWT claims of a record's certificate as a value, to be changed at will. */
export function usualClaims(number = 1, changes: Partial<RecordLeaf> = {}): Map<number, Cbor> {
  const leaf = record(number, changes);
  const issue = { identifier: identifier(number), issuedAt: ISSUED_AT, expiresAt: expiryOf(ISSUED_AT) };
  return new Map(claimsValue(claimsOf(leaf, issue)) as ReadonlyMap<number, Cbor>);
}

/** With members of the hcert put in or, where undefined, left out. */
export function withHcert(members: Readonly<Record<string, Cbor | undefined>>): Map<number, Cbor> {
  const claims = usualClaims();
  const hcert = new Map((claims.get(-260) as ReadonlyMap<number, ReadonlyMap<string, Cbor>>).get(1));
  for (const [name, value] of Object.entries(members))
    if (value === undefined) hcert.delete(name);
    else hcert.set(name, value);
  return claims.set(-260, new Map([[1, hcert]]));
}

/** With members of the dose put in. */
export function withDose(members: Readonly<Record<string, Cbor>>): Map<number, Cbor> {
  const hcert = (usualClaims().get(-260) as ReadonlyMap<number, ReadonlyMap<string, Cbor>>).get(1);
  const [dose] = hcert?.get('v') as readonly ReadonlyMap<string, Cbor>[];
  return withHcert({ v: [new Map([...(dose ?? []), ...Object.entries(members)])] });
}

export type CoseOptions = {
  readonly signer: Holder;
  readonly claims?: Cbor;
  /** bytes in place of the claims */
  readonly payload?: Uint8Array;
  /** bytes of the header in place of algorithm and kid */
  readonly header?: Uint8Array;
  readonly kid?: Uint8Array;
  readonly unprotectedHeader?: ReadonlyMap<number, Cbor>;
  readonly signature?: (message: Uint8Array) => Uint8Array;
};

export function algorithmOf({ key }: Holder): typeof ES256 | typeof PS256 {
  return key.kind === 'rsa' ? PS256 : ES256;
}

/** r‖s of 64 bytes, or RSASSA-PSS with a salt of 32. */
export function signCose({ key }: Holder, message: Uint8Array): Uint8Array {
  return key.kind === 'rsa' ? signWith(key, 'pss', message) : pairOf(signWith(key, 'ecdsa-sha256', message));
}

function pairOf(der: Uint8Array): Uint8Array {
  const out = new Uint8Array(64);
  const first = der.subarray(4, 4 + (der[3] ?? 0));
  const second = der.subarray(6 + first.length);
  for (const [i, integer] of [first, second].entries()) {
    const value = integer.length > 32 ? integer.subarray(1) : integer;
    out.set(value, 32 * (i + 1) - value.length);
  }
  return out;
}

export function makeCose(options: CoseOptions): Uint8Array {
  const { signer, claims = usualClaims(), unprotectedHeader } = options;
  const header = options.header ?? protectedHeader(algorithmOf(signer), options.kid ?? kidOf(signer));
  const payload = options.payload ?? encodeCbor(claims);
  const message = sigStructure(header, payload);
  const signature = options.signature?.(message) ?? signCose(signer, message);
  if (!unprotectedHeader) return coseSign1(header, payload, signature);
  return concat(Uint8Array.of(0xd2), encodeCbor([header, unprotectedHeader, payload, signature]));
}

export function textOf(cose: Uint8Array): string {
  return hc1Text(deflateSync(cose, { level: 9 }));
}

export function makeText(options: CoseOptions): string {
  return textOf(makeCose(options));
}
