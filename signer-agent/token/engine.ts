import type { SignerRequest, TokenAddress, TokenState } from './token.ts';

/** What a token's child process does itself, for each kind of token. Calls are synchronous, one at a time. */
export interface Engine {
  /** @param fresh look again for what was plugged in since the last time */
  list(fresh: boolean): readonly TokenState[];
  certificates(address: TokenAddress, login: Login): readonly Uint8Array[];
  /** Logs in and finds the key, which then stays open. */
  open(request: SignerRequest, login: Login): OpenKey;
  close(): void;
}

export type Login = { readonly pin: string; readonly lastTry: boolean };

export interface OpenKey {
  readonly otherCertificates: readonly Uint8Array[];
  /** the key asks for the PIN at every use */
  readonly wantsPinEach: boolean;
  /**
   * One token operation.
   * @param count called just before it
   * @returns the signature as CMS carries it
   */
  sign(message: Uint8Array, count: () => void): Uint8Array;
  close(): void;
}
