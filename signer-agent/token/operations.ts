import { X509Certificate } from 'node:crypto';
import { sameBytes } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { CKA, CKF, CKK, CKO } from './cryptoki.ts';
import { derOfRawEcdsa } from './ecdsa-form.ts';
import { matchKey, type TokenKey } from './match-key.ts';
import { algorithmsOffered, isEcdsa, mechanismFor } from './mechanisms.ts';
import type { Handle, Pkcs11Module, Pkcs11Session } from './pkcs11.ts';
import { pinState, refusePin } from './pin-state.ts';
import type { SignAnswer, SignRequest, TokenAddress, TokenState } from './token.ts';

/** What the child does with a module: list its tokens, read one's certificates, make one signature. */

export type Login = { readonly pin: string; readonly lastTry: boolean };

export function listTokens(module: Pkcs11Module): TokenState[] {
  return module.slots().map((slot) => {
    const state = stateOf(module, slot);
    try {
      const certificates = withSession(module, slot, (session) =>
        certificatesOf(session).map(({ der }) => der),
      );
      return { ...state, algorithms: algorithmsOffered(module.mechanisms(slot)), certificates };
    } catch (error) {
      return { ...state, fault: isRefusal(error) ? error.code : 'TOKEN_FAILED' };
    }
  });
}

export function readCertificates(module: Pkcs11Module, address: TokenAddress, login: Login): Uint8Array[] {
  const slot = readySlot(module, address, login);
  return withSession(module, slot, (session) => {
    session.login(login.pin);
    return certificatesOf(session).map(({ der }) => der);
  });
}

/** @throws Refusal TOKEN_ABSENT, PIN_WRONG, SIGNER_CERTIFICATE_ABSENT, SIGNER_KEY_ABSENT, KEY_MISMATCH, TOKEN_MECHANISM_MISSING … */
export function signMessage(module: Pkcs11Module, request: SignRequest, login: Login): SignAnswer {
  const slot = readySlot(module, request.token, login);
  const use = mechanismFor(request.algorithm, module.mechanisms(slot));
  if (!use) throw new Refusal('TOKEN_MECHANISM_MISSING', { detail: request.algorithm });
  return withSession(module, slot, (session) => {
    // before listing objects: many tokens show theirs only to a session that is logged in
    session.login(login.pin);
    const certificates = certificatesOf(session);
    const signer = certificates.find(({ der }) => sameBytes(der, request.certificate));
    if (!signer) throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
    const keys = keysOf(session, isEcdsa(request.algorithm) ? CKK.EC : CKK.RSA);
    const key = matchKey(new X509Certificate(signer.der).publicKey, signer.id, keys);
    const always = session.attribute(key.handle, CKA.ALWAYS_AUTHENTICATE)?.[0] === 1;
    const raw = session.sign(key.handle, use, request.message, always ? login.pin : null);
    return {
      signature: isEcdsa(request.algorithm) ? derOfRawEcdsa(raw) : raw,
      otherCertificates: certificates.filter((certificate) => certificate !== signer).map(({ der }) => der),
    };
  });
}

function withSession<T>(module: Pkcs11Module, slot: Handle, action: (session: Pkcs11Session) => T): T {
  const session = module.openSession(slot);
  try {
    return action(session);
  } finally {
    session.close();
  }
}

/** The slot of exactly one token whose PIN may be tried. */
function readySlot(module: Pkcs11Module, address: TokenAddress, login: Login): Handle {
  const matching = module.slots().filter((slot) => {
    const { serial, label } = module.token(slot);
    return (address.serial ?? serial) === serial && (address.label ?? label) === label;
  });
  const [slot, ...others] = matching;
  if (!slot) throw new Refusal('TOKEN_ABSENT');
  if (others.length > 0) throw new Refusal('TOKEN_AMBIGUOUS');
  const { flags } = module.token(slot);
  const pinPad = (flags & CKF.PROTECTED_AUTHENTICATION_PATH) !== 0;
  refusePin({ pin: pinState(flags), pinPad }, login.lastTry);
  return slot;
}

function stateOf(module: Pkcs11Module, slot: Handle): TokenState {
  const { flags, ...names } = module.token(slot);
  return {
    ...names,
    pin: pinState(flags),
    pinPad: (flags & CKF.PROTECTED_AUTHENTICATION_PATH) !== 0,
    algorithms: [],
    certificates: [],
  };
}

function certificatesOf(session: Pkcs11Session): { readonly id: Uint8Array; readonly der: Uint8Array }[] {
  return session.objects(CKO.CERTIFICATE).flatMap((object) => {
    const der = session.attribute(object, CKA.VALUE);
    return der && der.length > 0 ? [{ der, id: session.attribute(object, CKA.ID) ?? new Uint8Array(0) }] : [];
  });
}

function keysOf(session: Pkcs11Session, keyType: number): TokenKey<Handle>[] {
  const part = keyType === CKK.RSA ? CKA.MODULUS : CKA.EC_POINT;
  const read = (object: Handle, type: number) => session.attribute(object, type);
  const ofType = (objectClass: number) =>
    session.objects(objectClass).filter((object) => (read(object, CKA.KEY_TYPE)?.[0] ?? -1) === keyType);
  const publicKeys = ofType(CKO.PUBLIC_KEY).map((object) => ({
    id: read(object, CKA.ID),
    part: read(object, part),
  }));
  return ofType(CKO.PRIVATE_KEY).map((handle) => {
    const id = read(handle, CKA.ID) ?? new Uint8Array(0);
    const beside = publicKeys.filter(
      (key) => id.length > 0 && key.id !== null && Buffer.compare(key.id, id) === 0,
    );
    return { handle, id, publicPart: nonEmpty(read(handle, part)) ?? nonEmpty(beside[0]?.part ?? null) };
  });
}

function nonEmpty(value: Uint8Array | null): Uint8Array | null {
  return value && value.length > 0 ? value : null;
}
