import { Refusal, type RefusalCode } from '#core/refusal';
import type {
  OpenSigner,
  SignedMessages,
  SignerRequest,
  SignRequest,
  Token,
  TokenAddress,
  Unlock,
} from '#signer-agent/token/token';

/** A token that fails once after some signatures; from then on it is as before. It remembers every message that it signed. */
export class UnsteadyToken implements Token {
  readonly signed: string[] = [];
  /** a signature is changed on its way back, by its number from 0 */
  spoilt: number | null = null;
  readonly #token: Token;
  readonly #code: RefusalCode;
  #left: number;

  constructor(token: Token, after = Infinity, code: RefusalCode = 'TOKEN_REMOVED') {
    this.#token = token;
    this.#left = after;
    this.#code = code;
  }

  get storage() {
    return this.#token.storage;
  }

  get tokenOperations(): number {
    return this.#token.tokenOperations;
  }

  list(options?: { readonly fresh?: boolean }) {
    return this.#token.list(options);
  }

  certificates(address: TokenAddress, unlock: Unlock) {
    return this.#token.certificates(address, unlock);
  }

  sign(request: SignRequest, unlock: Unlock) {
    return this.#token.sign(request, unlock);
  }

  close() {
    return this.#token.close();
  }

  async openSigner(request: SignerRequest, unlock: Unlock): Promise<OpenSigner> {
    const signer = await this.#token.openSigner(request, unlock);
    let fault: Refusal | null = null;
    return {
      otherCertificates: signer.otherCertificates,
      close: () => signer.close(),
      sign: async (messages): Promise<SignedMessages> => {
        if (fault) return { signatures: [], fault };
        const possible = messages.slice(0, this.#left);
        this.#left -= possible.length;
        if (possible.length < messages.length) {
          this.#left = Infinity;
          fault = new Refusal(this.#code);
        }
        const answer = await signer.sign(possible);
        const signatures = answer.signatures.map((signature) => this.#spoil(signature));
        for (const message of possible.slice(0, signatures.length))
          this.signed.push(Buffer.from(message).toString('base64'));
        return { signatures, fault: answer.fault ?? fault };
      },
    };
  }

  #spoil(signature: Uint8Array): Uint8Array {
    if (this.spoilt === null || this.spoilt-- > 0) return signature;
    this.spoilt = null;
    return signature.map((byte, at) => (at === signature.length - 1 ? byte ^ 1 : byte));
  }
}
