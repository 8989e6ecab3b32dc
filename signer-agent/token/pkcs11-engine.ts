import { X509Certificate } from 'node:crypto';
import { sameBytes } from '#core/bytes';
import { isRefusal, Refusal } from '#core/refusal';
import { CKA, CKK } from './cryptoki.ts';
import { derOfRawEcdsa } from './ecdsa-form.ts';
import type { Engine, Login, OpenKey } from './engine.ts';
import { matchKey } from './match-key.ts';
import { algorithmsOffered, isEcdsa, mechanismFor, type MechanismUse } from './mechanisms.ts';
import type { Pkcs11Module, Pkcs11Session } from './pkcs11.ts';
import { certificatesOf, keysOf } from './pkcs11-objects.ts';
import { pinOf, readySlot, tellingRemoval, tokensIn, type SlotToken } from './pkcs11-slots.ts';
import type { SignerRequest, TokenAddress, TokenState } from './token.ts';

/** What the child does with a module: list its tokens, read one's certificates, hold one key open. */
export class Pkcs11Engine implements Engine {
  readonly #module: Pkcs11Module;
  #listed = false;

  constructor(module: Pkcs11Module) {
    this.#module = module;
  }

  list(fresh: boolean): TokenState[] {
    if (fresh && this.#listed) this.#module.reinitialise();
    this.#listed = true;
    const { tokens, faults } = tokensIn(this.#module);
    return [
      ...tokens.map((found) => stateOf(this.#module, found)),
      ...faults.map(({ code }) => ({ ...unreadable, fault: code })),
    ];
  }

  certificates(address: TokenAddress, login: Login): Uint8Array[] {
    const place = readySlot(this.#module, address, login);
    return tellingRemoval(this.#module, place, () =>
      withSession(this.#module.openSession(place.slot), (session) => {
        session.login(login.pin);
        return certificatesOf(session).map(({ der }) => der);
      }),
    );
  }

  /** @throws Refusal TOKEN_ABSENT, PIN_WRONG, SIGNER_CERTIFICATE_ABSENT, SIGNER_KEY_ABSENT, KEY_MISMATCH, TOKEN_MECHANISM_MISSING … */
  open(request: SignerRequest, login: Login): OpenKey {
    const place = readySlot(this.#module, request.token, login);
    const use = mechanismFor(request.algorithm, this.#module.mechanisms(place.slot));
    if (!use) throw new Refusal('TOKEN_MECHANISM_MISSING', { detail: request.algorithm });
    const present: Present = (action) => tellingRemoval(this.#module, place, action);
    return present(() => {
      const session = this.#module.openSession(place.slot);
      try {
        return openKey(session, use, request, login, present);
      } catch (error) {
        session.close();
        throw error;
      }
    });
  }

  close(): void {
    this.#module.finalise();
  }
}

type Present = <T>(action: () => T) => T;

function openKey(
  session: Pkcs11Session,
  use: MechanismUse,
  { certificate, algorithm, keyAlone = false }: SignerRequest,
  { pin }: Login,
  present: Present,
): OpenKey {
  // before listing objects: many tokens show theirs only to a session that is logged in
  session.login(pin);
  const certificates = certificatesOf(session);
  const signer = certificates.find(({ der }) => sameBytes(der, certificate));
  if (!signer && !keyAlone) throw new Refusal('SIGNER_CERTIFICATE_ABSENT');
  const keys = keysOf(session, isEcdsa(algorithm) ? CKK.EC : CKK.RSA);
  const key = matchKey(new X509Certificate(certificate).publicKey, signer?.id ?? new Uint8Array(0), keys);
  const wantsPinEach = session.attribute(key.handle, CKA.ALWAYS_AUTHENTICATE)?.[0] === 1;
  const sign = session.signWith(key.handle, use, wantsPinEach ? pin : null);
  return {
    otherCertificates: certificates.filter((other) => other !== signer).map(({ der }) => der),
    wantsPinEach,
    sign: (message, count) => {
      const signature = present(() => sign(message, count));
      return isEcdsa(algorithm) ? derOfRawEcdsa(signature) : new Uint8Array(signature);
    },
    close: () => session.close(),
  };
}

/** A slot whose token does not even tell its name. */
const unreadable: TokenState = {
  serial: '',
  label: '',
  manufacturer: '',
  model: '',
  pin: 'ok',
  pinPad: false,
  algorithms: [],
  certificates: [],
};

function stateOf(module: Pkcs11Module, { slot, token }: SlotToken): TokenState {
  const { serial, label, manufacturer, model } = token;
  const state = { ...unreadable, serial, label, manufacturer, model, ...pinOf(token) };
  try {
    const certificates = withSession(module.openSession(slot), (session) =>
      certificatesOf(session).map(({ der }) => der),
    );
    return { ...state, algorithms: algorithmsOffered(module.mechanisms(slot)), certificates };
  } catch (error) {
    return { ...state, fault: isRefusal(error) ? error.code : 'TOKEN_FAILED' };
  }
}

function withSession<T>(session: Pkcs11Session, action: (session: Pkcs11Session) => T): T {
  try {
    return action(session);
  } finally {
    session.close();
  }
}
