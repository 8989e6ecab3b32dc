import type { RefusalCode } from '#core/refusal';
import type { VerifyAlgorithm } from '#verifier/crypto-port';

/** What the agent asks of a token, whatever kind it is: few questions, one at a time. */
export interface Token {
  /** C_Sign calls so far, counted at the call. */
  readonly tokenOperations: number;
  /** Every token the module shows, with what can be seen without a PIN. */
  list(): Promise<readonly TokenState[]>;
  /** DER of all certificates on the token, the ones that show only after login included. Costs the PIN one use. */
  certificates(address: TokenAddress, unlock: Unlock): Promise<readonly Uint8Array[]>;
  /** One signature: one login, one token operation. Never retried; the caller verifies what comes back. */
  sign(request: SignRequest, unlock: Unlock): Promise<SignAnswer>;
  close(): Promise<void>;
}

/** A token is found by serial number, label or both; never by slot number, which changes. */
export type TokenAddress = { readonly serial?: string | undefined; readonly label?: string | undefined };

export type SignatureAlgorithm = Extract<
  VerifyAlgorithm,
  'RSA-PKCS1-SHA256' | 'RSA-PSS-SHA256' | 'ECDSA-P256-SHA256' | 'ECDSA-P384-SHA384'
>;

/** How close the PIN is to locking: PKCS#11 tells these, not a number. */
export type PinState = 'ok' | 'low' | 'final-try' | 'locked' | 'not-set';

export type TokenState = {
  readonly serial: string;
  readonly label: string;
  readonly manufacturer: string;
  readonly model: string;
  readonly pin: PinState;
  /** the token takes its PIN on its own keys */
  readonly pinPad: boolean;
  readonly algorithms: readonly SignatureAlgorithm[];
  /** DER, as far as they show without login */
  readonly certificates: readonly Uint8Array[];
  /** why the token could not be read, where it could not */
  readonly fault?: RefusalCode;
};

export type Unlock = {
  readonly pin: Pin;
  /** the signer has confirmed that a wrong PIN now locks the token */
  readonly lastTry: boolean;
};

export type SignRequest = {
  readonly token: TokenAddress;
  /** DER of the certificate whose key signs; it must lie on the token */
  readonly certificate: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** the message; it is hashed beside the token, so that nobody can have a raw hash signed */
  readonly message: Uint8Array;
};

export type SignAnswer = {
  /** as CMS carries it: ECDSA as DER SEQUENCE of r and s */
  readonly signature: Uint8Array;
  /** DER of the other certificates on the token */
  readonly otherCertificates: readonly Uint8Array[];
};

/** A PIN on its way to the token: it can be taken once, its bytes are wiped by the taker, and it prints as nothing. */
export class Pin {
  #bytes: Uint8Array | null;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** @throws Error at the second call: a PIN is never tried twice */
  take(): Uint8Array {
    const bytes = this.#bytes;
    if (!bytes) throw new Error('a PIN is used once');
    this.#bytes = null;
    return bytes;
  }

  wipe(): void {
    this.#bytes?.fill(0);
    this.#bytes = null;
  }
}
