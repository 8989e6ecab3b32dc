import { isMainThread } from 'node:worker_threads';
import pkcs11js from 'pkcs11js';
import { Refusal } from '#core/refusal';
import { certificateParts, keyIdentifier } from './certificate.ts';
import { rsaBits, type KeyKind, type SigningKey } from './signing-key.ts';
import { derOfRawEcdsa, digestInfo, p256PublicKey, rsaPublicKey, sha256 } from './token-forms.ts';

/**
 * Soft tokens: SoftHSM 2 through PKCS#11, keys generated inside (C_GenerateKeyPair) and never taken out.
 * The module is loaded into this process and reads its configuration once: one configuration a process.
 */

/** DER of the object identifier prime256v1 */
const P256_PARAMETERS = Buffer.from('06082a8648ce3d030107', 'hex');
/** CK_CERTIFICATE_TYPE: X.509 */
const CKC_X_509 = 0;
const MAX_SIGNATURE_BYTES = 1024;

export type Pins = { readonly pin: string; readonly soPin: string };

export type SoftHsm = {
  /** Initialises a new token and generates its key pair; the caller closes it. */
  readonly makeToken: (label: string, pins: Pins, kind: KeyKind) => SoftToken;
  /** Opens a token by serial number, logged in; the caller closes it. */
  readonly openToken: (serial: string, pin: string) => SoftToken;
  readonly close: () => void;
};

export type SoftToken = {
  readonly serial: string;
  readonly label: string;
  readonly key: SigningKey;
  /** How the token keeps its private key. */
  readonly keeps: { readonly sensitive: boolean; readonly extractable: boolean; readonly local: boolean };
  /** DER of every certificate on the token */
  readonly certificates: () => Uint8Array[];
  /** Stores the signer certificate under the key's CKA_ID, and its issuers beside it. */
  readonly storeCertificates: (
    signer: Uint8Array,
    issuers: readonly { readonly label: string; readonly certificate: Uint8Array }[],
  ) => void;
  readonly close: () => void;
};

type Session = { readonly p11: pkcs11js.PKCS11; readonly handle: pkcs11js.Handle };

/**
 * @param modulePath from softHsmModule
 * @param configuration SOFTHSM2_CONF for this process
 * @throws Refusal MODULE_FAILED
 */
export function openSoftHsm(modulePath: string, configuration: string): SoftHsm {
  // a worker thread has a copy of the environment, which the module does not see
  if (!isMainThread) throw new Refusal('MODULE_FAILED', { detail: 'SoftHSM needs the main thread' });
  process.env['SOFTHSM2_CONF'] = configuration;
  const p11 = new pkcs11js.PKCS11();
  try {
    p11.load(modulePath);
    p11.C_Initialize({ flags: pkcs11js.CKF_OS_LOCKING_OK });
  } catch (cause) {
    throw new Refusal('MODULE_FAILED', { detail: modulePath, cause });
  }
  return {
    makeToken: (label, pins, kind) => makeToken(p11, label, pins, kind),
    openToken: (serial, pin) => openToken(p11, serial, pin),
    close: () => {
      p11.C_Finalize();
      p11.close();
    },
  };
}

function makeToken(p11: pkcs11js.PKCS11, label: string, { pin, soPin }: Pins, kind: KeyKind): SoftToken {
  const slot = freeSlot(p11);
  // the label's 32 bytes are padded with spaces (PKCS#11 C_InitToken), which pkcs11js leaves to its caller
  p11.C_InitToken(slot, soPin, label.padEnd(32));
  const session = {
    p11,
    handle: p11.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION),
  };
  p11.C_Login(session.handle, pkcs11js.CKU_SO, soPin);
  p11.C_InitPIN(session.handle, pin);
  p11.C_Logout(session.handle);
  p11.C_Login(session.handle, pkcs11js.CKU_USER, pin);
  generate(session, label, kind);
  return tokenIn(session, slot);
}

function openToken(p11: pkcs11js.PKCS11, serial: string, pin: string): SoftToken {
  const slot = p11
    .C_GetSlotList(true)
    .find((candidate) => p11.C_GetTokenInfo(candidate).serialNumber.trim() === serial);
  if (!slot) throw new Refusal('TOKEN_ABSENT', { detail: serial });
  const session = {
    p11,
    handle: p11.C_OpenSession(slot, pkcs11js.CKF_SERIAL_SESSION | pkcs11js.CKF_RW_SESSION),
  };
  p11.C_Login(session.handle, pkcs11js.CKU_USER, pin);
  return tokenIn(session, slot);
}

/** SoftHSM always offers one slot whose token is not initialised. */
function freeSlot(p11: pkcs11js.PKCS11): pkcs11js.Handle {
  const isFree = (slot: pkcs11js.Handle) =>
    (p11.C_GetTokenInfo(slot).flags & pkcs11js.CKF_TOKEN_INITIALIZED) === 0;
  const slot = p11.C_GetSlotList(true).find(isFree);
  if (!slot) throw new Refusal('TOKEN_FAILED', { detail: 'no free slot' });
  return slot;
}

function generate({ p11, handle }: Session, label: string, kind: KeyKind): void {
  const mechanism = kind === 'P-256' ? pkcs11js.CKM_EC_KEY_PAIR_GEN : pkcs11js.CKM_RSA_PKCS_KEY_PAIR_GEN;
  const shape =
    kind === 'P-256'
      ? [{ type: pkcs11js.CKA_EC_PARAMS, value: P256_PARAMETERS }]
      : [
          { type: pkcs11js.CKA_MODULUS_BITS, value: rsaBits(kind) },
          { type: pkcs11js.CKA_PUBLIC_EXPONENT, value: Buffer.from([1, 0, 1]) },
        ];
  const pair = p11.C_GenerateKeyPair(
    handle,
    { mechanism },
    [
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_VERIFY, value: true },
      { type: pkcs11js.CKA_LABEL, value: label },
      ...shape,
    ],
    [
      { type: pkcs11js.CKA_TOKEN, value: true },
      { type: pkcs11js.CKA_PRIVATE, value: true },
      { type: pkcs11js.CKA_SENSITIVE, value: true },
      { type: pkcs11js.CKA_EXTRACTABLE, value: false },
      { type: pkcs11js.CKA_SIGN, value: true },
      { type: pkcs11js.CKA_LABEL, value: label },
    ],
  );
  const id = Buffer.from(keyIdentifier(publicKeyOf({ p11, handle }, pair.publicKey)));
  for (const key of [pair.publicKey, pair.privateKey])
    p11.C_SetAttributeValue(handle, key, [{ type: pkcs11js.CKA_ID, value: id }]);
}

function tokenIn(session: Session, slot: pkcs11js.Handle): SoftToken {
  const { p11, handle } = session;
  const info = p11.C_GetTokenInfo(slot);
  const privateKey = only(session, pkcs11js.CKO_PRIVATE_KEY);
  const publicKey = publicKeyOf(session, only(session, pkcs11js.CKO_PUBLIC_KEY));
  const isSet = (type: number) => attribute(session, privateKey, type)[0] === 1;
  return {
    serial: info.serialNumber.trim(),
    label: info.label.trim(),
    key: tokenKey(session, privateKey, publicKey),
    keeps: {
      sensitive: isSet(pkcs11js.CKA_SENSITIVE),
      extractable: isSet(pkcs11js.CKA_EXTRACTABLE),
      local: isSet(pkcs11js.CKA_LOCAL),
    },
    certificates: () =>
      objects(session, pkcs11js.CKO_CERTIFICATE).map((object) =>
        attribute(session, object, pkcs11js.CKA_VALUE),
      ),
    storeCertificates: (signer, issuers) => {
      storeCertificate(session, info.label.trim(), signer);
      for (const { label, certificate } of issuers) storeCertificate(session, label, certificate);
    },
    close: () => {
      p11.C_Logout(handle);
      p11.C_CloseSession(handle);
    },
  };
}

function tokenKey({ p11, handle }: Session, privateKey: pkcs11js.Handle, publicKey: Uint8Array): SigningKey {
  const isRsa = attribute({ p11, handle }, privateKey, pkcs11js.CKA_KEY_TYPE)[0] === pkcs11js.CKK_RSA;
  const algorithm = isRsa ? 'RSA-SHA256' : 'ECDSA-SHA256';
  const sign = (mechanism: number, input: Uint8Array) => {
    p11.C_SignInit(handle, { mechanism }, privateKey);
    return p11.C_Sign(handle, Buffer.from(input), Buffer.alloc(MAX_SIGNATURE_BYTES));
  };
  return {
    publicKey,
    algorithm,
    sign: (bytes, chosen = algorithm) => {
      if (chosen !== algorithm) throw new Refusal('TOKEN_MECHANISM_MISSING', { detail: chosen });
      if (isRsa) return sign(pkcs11js.CKM_RSA_PKCS, digestInfo(bytes));
      return derOfRawEcdsa(sign(pkcs11js.CKM_ECDSA, sha256(bytes)));
    },
  };
}

function publicKeyOf(session: Session, object: pkcs11js.Handle): Uint8Array {
  if (attribute(session, object, pkcs11js.CKA_KEY_TYPE)[0] !== pkcs11js.CKK_RSA)
    return p256PublicKey(attribute(session, object, pkcs11js.CKA_EC_POINT));
  const modulus = attribute(session, object, pkcs11js.CKA_MODULUS);
  return rsaPublicKey(modulus, attribute(session, object, pkcs11js.CKA_PUBLIC_EXPONENT));
}

function storeCertificate({ p11, handle }: Session, label: string, certificate: Uint8Array): void {
  const { serial, issuer, subject, publicKey } = certificateParts(certificate);
  p11.C_CreateObject(handle, [
    { type: pkcs11js.CKA_CLASS, value: pkcs11js.CKO_CERTIFICATE },
    { type: pkcs11js.CKA_CERTIFICATE_TYPE, value: CKC_X_509 },
    { type: pkcs11js.CKA_TOKEN, value: true },
    { type: pkcs11js.CKA_PRIVATE, value: false },
    { type: pkcs11js.CKA_LABEL, value: label },
    { type: pkcs11js.CKA_ID, value: Buffer.from(keyIdentifier(publicKey)) },
    { type: pkcs11js.CKA_SUBJECT, value: Buffer.from(subject) },
    { type: pkcs11js.CKA_ISSUER, value: Buffer.from(issuer) },
    { type: pkcs11js.CKA_SERIAL_NUMBER, value: Buffer.from(serial) },
    { type: pkcs11js.CKA_VALUE, value: Buffer.from(certificate) },
  ]);
}

function attribute({ p11, handle }: Session, object: pkcs11js.Handle, type: number): Buffer {
  const [result] = p11.C_GetAttributeValue(handle, object, [{ type }]);
  if (!result) throw new Refusal('TOKEN_FAILED', { detail: `no attribute ${type}` });
  return result.value;
}

function objects({ p11, handle }: Session, kind: number): pkcs11js.Handle[] {
  p11.C_FindObjectsInit(handle, [{ type: pkcs11js.CKA_CLASS, value: kind }]);
  const found = p11.C_FindObjects(handle, 16);
  p11.C_FindObjectsFinal(handle);
  return found;
}

function only(session: Session, kind: number): pkcs11js.Handle {
  const [object, ...others] = objects(session, kind);
  if (!object || others.length > 0)
    throw new Refusal('TOKEN_FAILED', { detail: 'a soft token holds one key pair' });
  return object;
}
