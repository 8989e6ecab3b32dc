import type { Refusal, RefusalCode } from '#core/refusal';
import type { KeyStorage } from '#core/sign/fields';
import type { VerifyAlgorithm } from '#verifier/crypto-port';

/** What the agent asks of a token, whatever kind it is: few questions, one at a time. */
export interface Token {
  /** where the key lies: on a PKCS#11 token, or in a PKCS#12 file */
  readonly storage: KeyStorage;
  /** C_Sign calls so far, counted at the call. */
  readonly tokenOperations: number;
  /**
   * Every token the module shows, with what can be seen without a PIN.
   * @param options `fresh`: let the driver start anew, as many see what was plugged in only then
   */
  list(options?: { readonly fresh?: boolean }): Promise<readonly TokenState[]>;
  /** DER of all certificates on the token, the ones that show only after login included. Costs the PIN one use. */
  certificates(address: TokenAddress, unlock: Unlock): Promise<readonly Uint8Array[]>;
  /** One signature: one login, one token operation. Never retried; the caller verifies what comes back. */
  sign(request: SignRequest, unlock: Unlock): Promise<SignAnswer>;
  /**
   * One login for many signatures. The token is the signer's until it is closed, at the latest after five idle minutes.
   * @throws Refusal as sign; TOKEN_WANTS_PIN_EACH where the key asks for the PIN at every use
   */
  openSigner(request: SignerRequest, unlock: Unlock): Promise<OpenSigner>;
  close(): Promise<void>;
}

export interface OpenSigner {
  /** DER of the other certificates on the token */
  readonly otherCertificates: readonly Uint8Array[];
  /**
   * Signs messages in order, one token operation each; calls queue up, so that the next messages wait at the token while the caller
   * works on the last signatures. What was signed before a fault is never lost.
   */
  sign(messages: readonly Uint8Array[]): Promise<SignedMessages>;
  /** Ends after the signature in hand; what waits is not signed. */
  close(): Promise<void>;
}

export type SignedMessages = {
  /** of the first messages, in order, ECDSA as DER SEQUENCE; all of them where there is no fault */
  readonly signatures: readonly Uint8Array[];
  /** why the rest was not signed */
  readonly fault: Refusal | null;
};

/** A token is found by serial number, label or both; never by slot number, which changes. */
export type TokenAddress = { readonly serial?: string | undefined; readonly label?: string | undefined };

export type SignatureAlgorithm = Extract<
  VerifyAlgorithm,
  'RSA-PKCS1-SHA256' | 'RSA-PSS-SHA256' | 'ECDSA-P256-SHA256' | 'ECDSA-P384-SHA384'
>;

/** How close the PIN is to locking: PKCS#11 tells these, not a number. */
export type PinState = 'ok' | 'low' | 'final-try' | 'locked' | 'not-set';

export type TokenState = {
  /** empty where the token does not even tell this; then there is a fault */
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

export type SignerRequest = {
  readonly token: TokenAddress;
  /** DER of the certificate whose key signs; it must lie on the token */
  readonly certificate: Uint8Array;
  readonly algorithm: SignatureAlgorithm;
  /** the certificate need not lie there, as with an HSM that holds keys alone: its public key names the one that signs */
  readonly keyAlone?: boolean;
};

export type SignRequest = SignerRequest & {
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
