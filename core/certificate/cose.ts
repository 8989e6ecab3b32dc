import { Refusal } from '../refusal.ts';
import { CborTag, isCborArray, isCborMap, type Cbor, type CborMap } from './cbor-value.ts';
import { decodeCbor, encodeCbor } from './cbor.ts';

/** COSE_Sign1 (RFC 9052 §4.2) as certificates use it. */

/** RFC 9053 §2.1: signature r‖s, 64 bytes */
export const ES256 = -7;
/** RFC 8230 §2: MGF1 with SHA-256, salt 32 */
export const PS256 = -37;
export type CoseAlgorithm = typeof ES256 | typeof PS256;

/** RFC 9052 §3.1 */
const ALG = 1;
const CRIT = 2;
const KID = 4;
const COSE_SIGN1_TAG = 18;
const CWT_TAG = 61;

const NO_EXTERNAL_DATA = new Uint8Array();

export type CoseSign1 = {
  /** exactly as received: what the signature covers */
  readonly protectedBytes: Uint8Array;
  /**
   * Of both headers the protected one wins; null where there is none. Some issuers leave it unprotected, which is safe as long as the
   * reader takes the algorithm that goes with the key, and none but that.
   */
  readonly alg: number | null;
  /** of both headers the protected one wins */
  readonly kid: Uint8Array | null;
  readonly kidIsProtected: boolean;
  readonly payload: Uint8Array;
  readonly signature: Uint8Array;
};

/**
 * Reads a COSE_Sign1 with tag 18, without a tag, or as 61(18(…)); byte strings are views of the bytes given.
 * @throws Refusal HC1_UNREADABLE, INPUT_TOO_LARGE
 */
export function parseCoseSign1(bytes: Uint8Array): CoseSign1 {
  const message = untagged(decodeCbor(bytes));
  if (!isCborArray(message) || message.length !== 4) throw unreadable('not a COSE_Sign1');
  const [protectedBytes, unprotectedHeader, payload, signature] = message;
  if (
    !(protectedBytes instanceof Uint8Array) ||
    !isCborMap(unprotectedHeader) ||
    !(payload instanceof Uint8Array) ||
    !(signature instanceof Uint8Array)
  )
    throw unreadable('not a COSE_Sign1');
  const header = headerOf(protectedBytes);
  const alg = header.get(ALG) ?? unprotectedHeader.get(ALG);
  // crit names members that a reader must understand; none is known here (RFC 9052 §3.1)
  if (header.has(CRIT) || unprotectedHeader.has(CRIT)) throw unreadable('critical header');
  const ownKid = kidOf(header);
  return {
    protectedBytes,
    alg: typeof alg === 'number' ? alg : null,
    kid: ownKid ?? kidOf(unprotectedHeader),
    kidIsProtected: ownKid !== null,
    payload,
    signature,
  };
}

function unreadable(detail: string): Refusal {
  return new Refusal('HC1_UNREADABLE', { detail });
}

function untagged(value: Cbor): Cbor {
  if (!(value instanceof CborTag)) return value;
  const inner = value.tag === CWT_TAG ? value.value : value;
  if (!(inner instanceof CborTag) || inner.tag !== COSE_SIGN1_TAG) throw unreadable('another tag');
  return inner.value;
}

function headerOf(protectedBytes: Uint8Array): CborMap {
  // an empty header is an empty string (RFC 9052 §3)
  const header = protectedBytes.length === 0 ? new Map<number, Cbor>() : decodeCbor(protectedBytes);
  if (!isCborMap(header)) throw unreadable('protected header');
  return header;
}

function kidOf(header: CborMap): Uint8Array | null {
  const kid = header.get(KID);
  if (kid === undefined) return null;
  if (!(kid instanceof Uint8Array)) throw unreadable('kid');
  return kid;
}

/** @param kid the first 8 bytes of SHA-256 of the DER certificate */
export function protectedHeader(alg: CoseAlgorithm, kid: Uint8Array): Uint8Array {
  return encodeCbor(
    new Map<number, Cbor>([
      [ALG, alg],
      [KID, kid],
    ]),
  );
}

/** What is signed (RFC 9052 §4.4), without external data. */
export function sigStructure(protectedBytes: Uint8Array, payload: Uint8Array): Uint8Array {
  return encodeCbor(['Signature1', protectedBytes, NO_EXTERNAL_DATA, payload]);
}

/** Tagged 18, with an empty unprotected header. */
export function coseSign1(
  protectedBytes: Uint8Array,
  payload: Uint8Array,
  signature: Uint8Array,
): Uint8Array {
  return encodeCbor(new CborTag(COSE_SIGN1_TAG, [protectedBytes, new Map(), payload, signature]));
}
