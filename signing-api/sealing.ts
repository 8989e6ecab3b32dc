import { createCipheriv, createDecipheriv, createHmac, randomBytes } from 'node:crypto';
import { Refusal } from '#core/refusal';

/**
 * Sealed bytes: key id (2) ‖ nonce (12) ‖ AES-256-GCM ciphertext ‖ tag (16), with the row's own id as associated data, so that a
 * sealed value moved to another row does not open. The blind index is HMAC-SHA-256 under a key of its own.
 */
const KEY_ID_BYTES = 2;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const HEAD_BYTES = KEY_ID_BYTES + NONCE_BYTES;

export type DataKeys = {
  /** key id → 32 bytes; the highest id seals, all open */
  readonly seal: ReadonlyMap<number, Buffer>;
  readonly index: Buffer;
};

export class Sealer {
  readonly #keys: DataKeys;
  readonly #currentId: number;
  readonly #current: Buffer;
  #random: Buffer = Buffer.alloc(0);

  constructor(keys: DataKeys) {
    const currentId = Math.max(...keys.seal.keys());
    const current = keys.seal.get(currentId);
    if (!current) throw new Refusal('CONFIG_INVALID', { detail: 'no sealing key' });
    this.#keys = keys;
    this.#currentId = currentId;
    this.#current = current;
  }

  seal(plain: Uint8Array | string, rowId: string): Buffer {
    const nonce = this.#nonce();
    const cipher = createCipheriv('aes-256-gcm', this.#current, nonce);
    cipher.setAAD(Buffer.from(rowId));
    const body = typeof plain === 'string' ? cipher.update(plain, 'utf8') : cipher.update(plain);
    cipher.final();
    const head = Buffer.alloc(KEY_ID_BYTES);
    head.writeUInt16BE(this.#currentId);
    return Buffer.concat([head, nonce, body, cipher.getAuthTag()]);
  }

  /** @throws Refusal INTERNAL where the bytes were changed, moved, or sealed under an unknown key */
  open(sealed: Buffer, rowId: string): Buffer {
    const key =
      sealed.length >= HEAD_BYTES + TAG_BYTES ? this.#keys.seal.get(sealed.readUInt16BE(0)) : undefined;
    if (!key) throw new Refusal('INTERNAL', { detail: 'sealed under an unknown key' });
    try {
      const decipher = createDecipheriv('aes-256-gcm', key, sealed.subarray(KEY_ID_BYTES, HEAD_BYTES));
      decipher.setAAD(Buffer.from(rowId));
      decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
      const plain = decipher.update(sealed.subarray(HEAD_BYTES, sealed.length - TAG_BYTES));
      decipher.final();
      return plain;
    } catch (cause) {
      throw new Refusal('INTERNAL', { detail: 'sealed bytes do not open', cause });
    }
  }

  /** Finds equal values without keeping them; `domain` keeps indexes of different things apart. */
  blindIndex(domain: string, ...parts: readonly string[]): Buffer {
    const mac = createHmac('sha256', this.#keys.index).update(domain);
    for (const part of parts) mac.update('\u0000').update(part);
    return mac.digest();
  }

  /** Random nonces, drawn many at a time: 96 bits, far below 2^32 uses of one key. */
  #nonce(): Buffer {
    if (this.#random.length < NONCE_BYTES) this.#random = randomBytes(NONCE_BYTES * 1024);
    const nonce = this.#random.subarray(0, NONCE_BYTES);
    this.#random = this.#random.subarray(NONCE_BYTES);
    return nonce;
  }
}

/** Wraps a data key under the master key, bound to its id and purpose. */
export function wrapKey(master: Uint8Array, key: Uint8Array, name: string): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', master, nonce);
  cipher.setAAD(Buffer.from(name));
  const body = Buffer.concat([cipher.update(key), cipher.final()]);
  return Buffer.concat([nonce, body, cipher.getAuthTag()]);
}

/** @throws Refusal CONFIG_INVALID where the master key is another one */
export function unwrapKey(master: Uint8Array, wrapped: Buffer, name: string): Buffer {
  try {
    const decipher = createDecipheriv('aes-256-gcm', master, wrapped.subarray(0, NONCE_BYTES));
    decipher.setAAD(Buffer.from(name));
    decipher.setAuthTag(wrapped.subarray(wrapped.length - TAG_BYTES));
    return Buffer.concat([
      decipher.update(wrapped.subarray(NONCE_BYTES, wrapped.length - TAG_BYTES)),
      decipher.final(),
    ]);
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: 'the master key does not open the data keys', cause });
  }
}
