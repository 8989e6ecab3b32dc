import { createHash, createPrivateKey, createPublicKey, sign, type KeyObject } from 'node:crypto';
import { closeSync, fstatSync, openSync, readFileSync } from 'node:fs';
import { base64, base64url } from '#core/bytes';
import { canonicalBytes } from '#core/record/canonical-bytes';
import { Refusal } from '#core/refusal';
import { preAuthEncoding } from '#core/sign/envelope';
import { TRUST_PAYLOAD_TYPE, type TrustKeys } from '#core/sign/trust-list';
import type { TrustFile } from './trust-file.ts';

/**
 * Adds one signature (ECDSA P-256/SHA-256, DSSE); those that stand there already are kept as they are.
 * @param pins null: any key signs
 * @returns the envelope's bytes
 * @throws Refusal TRUST_KEY_NOT_PINNED, TRUST_OF_OTHER_INSTANCE; TRUST_MALFORMED where this key has signed already
 */
export function signTrust(
  { list, payload, signatures }: TrustFile,
  key: KeyObject,
  pins: TrustKeys | null,
): Uint8Array {
  const spki = createPublicKey(key).export({ format: 'der', type: 'spki' });
  if (pins && pins.instance !== list.instance)
    throw new Refusal('TRUST_OF_OTHER_INSTANCE', { detail: list.instance });
  if (pins && !pins.keys.includes(base64(spki))) throw new Refusal('TRUST_KEY_NOT_PINNED');
  const keyid = base64url(createHash('sha256').update(spki).digest());
  if (signatures.some((one) => one.keyid === keyid))
    throw new Refusal('TRUST_MALFORMED', { detail: 'this key has signed it already' });
  const sig = base64(sign('sha256', preAuthEncoding(TRUST_PAYLOAD_TYPE, payload), key));
  return canonicalBytes({
    payload: base64(payload),
    payloadType: TRUST_PAYLOAD_TYPE,
    signatures: [...signatures, { keyid, sig }],
  });
}

const OTHERS = 0o077;

/** A P-256 key in PEM that nobody but its owner can read. @throws Refusal SOURCE_UNREADABLE, TRUST_KEY_NOT_PRIVATE */
export function readTrustKey(path: string): KeyObject {
  const key = readPrivate(path);
  if (key.asymmetricKeyDetails?.namedCurve !== 'prime256v1')
    throw new Refusal('SOURCE_UNREADABLE', { detail: `${path}: not a P-256 key` });
  return key;
}

function readPrivate(path: string): KeyObject {
  let file: number | null = null;
  try {
    file = openSync(path, 'r');
    const { mode } = fstatSync(file);
    if (process.platform !== 'win32' && (mode & OTHERS) !== 0)
      throw new Refusal('TRUST_KEY_NOT_PRIVATE', { detail: `${path}: mode ${(mode & 0o777).toString(8)}` });
    return createPrivateKey(readFileSync(file));
  } catch (cause) {
    if (cause instanceof Refusal) throw cause;
    const message = cause instanceof Error ? cause.message : '';
    throw new Refusal('SOURCE_UNREADABLE', { detail: `${path}: ${message}`, cause });
  } finally {
    if (file !== null) closeSync(file);
  }
}
