import { constants, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { fromHex, integer, nothing, oid, sequence } from './der-write.ts';

export type KeyKind = 'rsa' | 'rsa-1024' | 'p256' | 'p384' | 'k256';
export type TestKey = { readonly kind: KeyKind; readonly privateKey: KeyObject; readonly spki: Uint8Array };

const curves = { p256: 'P-256', p384: 'P-384', k256: 'secp256k1' } as const;

export function newKey(kind: KeyKind): TestKey {
  const { privateKey, publicKey } =
    kind === 'rsa' || kind === 'rsa-1024'
      ? generateKeyPairSync('rsa', { modulusLength: kind === 'rsa' ? 2048 : 1024 })
      : generateKeyPairSync('ec', { namedCurve: curves[kind] });
  return { kind, privateKey, spki: Uint8Array.from(publicKey.export({ format: 'der', type: 'spki' })) };
}

export type SignatureKind = 'rsa-sha256' | 'rsa-sha1' | 'pss' | 'ecdsa-sha256' | 'ecdsa-sha384';

export function usualKind(key: TestKey): SignatureKind {
  if (key.kind === 'p384') return 'ecdsa-sha384';
  return key.kind === 'p256' || key.kind === 'k256' ? 'ecdsa-sha256' : 'rsa-sha256';
}

const hashes = {
  'rsa-sha256': 'sha256',
  'rsa-sha1': 'sha1',
  pss: 'sha256',
  'ecdsa-sha256': 'sha256',
  'ecdsa-sha384': 'sha384',
};

export function signWith(key: TestKey, kind: SignatureKind, message: Uint8Array): Uint8Array {
  const pss = kind === 'pss' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 } : {};
  return Uint8Array.from(sign(hashes[kind], message, { key: key.privateKey, ...pss }));
}

export const sha256Id = sequence(oid('2.16.840.1.101.3.4.2.1'));
export const sha384Id = sequence(oid('2.16.840.1.101.3.4.2.2'));
export const sha1Id = sequence(oid('1.3.14.3.2.26'));

const sha256WithNull = sequence(oid('2.16.840.1.101.3.4.2.1'), nothing());
export const pssId = sequence(
  oid('1.2.840.113549.1.1.10'),
  sequence(
    wrapped(0, sha256WithNull),
    wrapped(1, sequence(oid('1.2.840.113549.1.1.8'), sha256WithNull)),
    wrapped(2, integer(32)),
  ),
);

/** As certificates and CRLs name their signature. */
export const certificateSignatureIds: Record<SignatureKind, Uint8Array> = {
  'rsa-sha256': sequence(oid('1.2.840.113549.1.1.11'), nothing()),
  'rsa-sha1': sequence(oid('1.2.840.113549.1.1.5'), nothing()),
  pss: pssId,
  'ecdsa-sha256': sequence(oid('1.2.840.10045.4.3.2')),
  'ecdsa-sha384': sequence(oid('1.2.840.10045.4.3.3')),
};

/** As CMS names it: RSA without the hash. */
export const cmsSignatureIds: Record<SignatureKind, Uint8Array> = {
  ...certificateSignatureIds,
  'rsa-sha256': fromHex('300d06092a864886f70d0101010500'),
  'rsa-sha1': fromHex('300d06092a864886f70d0101010500'),
};

function wrapped(number: number, content: Uint8Array): Uint8Array {
  return Uint8Array.of(0xa0 | number, content.length, ...content);
}
