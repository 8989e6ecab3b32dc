import { Refusal, type RefusalCode } from '#core/refusal';
import { isRefusal } from '#core/refusal';
import type { OpenSigner, Token, TokenAddress } from '../token/token.ts';
import type { IssuingKey } from './issuing-key.ts';
import { readServicePin, type SecretSource } from './secret-source.ts';

/** Where a key lies. */
export type KeyPlace = {
  readonly key: IssuingKey;
  readonly token: TokenAddress;
  /** a process of its own each time */
  readonly open: () => Token & { readonly pid?: number | undefined };
};

/** What passes by itself: the HSM comes back, its process is started again. Everything else wants a person. */
const PASSING: readonly RefusalCode[] = [
  'TOKEN_ABSENT',
  'TOKEN_REMOVED',
  'TOKEN_FAILED',
  'MODULE_FAILED',
  'PIN_WANTED_AGAIN',
];

export function isPassing({ code }: Refusal): boolean {
  return PASSING.includes(code);
}

/** One login at a time, for all sessions of all keys: a PIN that was refused once is never tried again by another session. */
export class LoginGate {
  readonly #pin: SecretSource;
  #tail: Promise<unknown> = Promise.resolve();
  #closed: Refusal | null = null;

  constructor(pin: SecretSource) {
    this.#pin = pin;
  }

  /**
   * Logs in, and proves that the token's key is the certificate's.
   * @throws Refusal KEY_MISMATCH, PIN_WRONG … of the token
   */
  open(token: Token, { key, token: address }: KeyPlace): Promise<OpenSigner> {
    const opened = this.#tail.then(async () => {
      if (this.#closed) throw this.#closed;
      const pin = readServicePin(this.#pin);
      try {
        return await token.openSigner(
          { token: address, certificate: key.certificate, algorithm: key.algorithm, keyAlone: true },
          { pin, lastTry: false },
        );
      } finally {
        pin.wipe();
      }
    });
    const told = opened.catch((error: unknown) => {
      const refusal = mismatchOf(error, key);
      if (isRefusal(refusal) && !isPassing(refusal)) this.#closed ??= refusal;
      throw refusal;
    });
    this.#tail = told.catch(() => undefined);
    return told;
  }
}

/** A token without the certificate's key has another one: that is what the Ministry has to know. */
function mismatchOf(error: unknown, { kid }: IssuingKey): unknown {
  return isRefusal(error, 'SIGNER_KEY_ABSENT')
    ? new Refusal('KEY_MISMATCH', { detail: `no key of this token is that of ${kid}`, cause: error })
    : error;
}
