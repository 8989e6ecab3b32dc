import { z } from 'zod';
import * as f from '#core/sign/fields';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import { MAX_ITEMS } from '#core/wire/signing-sessions';
import { algorithm } from '../journal.ts';
import type { SignatureAlgorithm } from '../token/token.ts';
import { ItemSet } from './item-set.ts';

/** The lines of the item journal, and what they say when read from the first to the last. */

const items = z.array(z.tuple([f.index, f.der(8192)])).max(MAX_ITEMS);

const lineShape = z.discriminatedUnion('type', [
  /** the token was opened: what every signature from here on has in common */
  z.strictObject({
    type: z.literal('opened'),
    at: f.time,
    statementSha256: f.digest,
    signerSha256: f.digest,
    algorithm,
    /** DER */
    intermediates: z.array(f.der(16 * 1024)).max(32),
  }),
  /** written before the token is asked: of each item the signed attributes, as exact bytes */
  z.strictObject({ type: z.literal('intents'), at: f.time, items }),
  /** of each item the signature value, found to hold */
  z.strictObject({ type: z.literal('results'), at: f.time, items }),
]);

export type ItemLine = z.infer<typeof lineShape>;
type Opened = Extract<ItemLine, { type: 'opened' }>;

/** What the CMS of several items have in common. */
export type Opening = {
  readonly algorithm: SignatureAlgorithm;
  /** DER */
  readonly intermediates: readonly Uint8Array[];
};

export type Intent = {
  readonly index: number;
  /** the signed attributes, as the token signs them */
  readonly attributes: Uint8Array;
};
export type Result = Intent & { readonly signature: Uint8Array };
export type ResultWindow = { readonly opening: Opening; readonly results: readonly Result[] };

/** @throws Refusal AGENT_STATE_DAMAGED */
export function readItemLine(text: string): ItemLine {
  try {
    return readShape(lineShape, JSON.parse(text) as unknown, 'AGENT_STATE_DAMAGED');
  } catch (cause) {
    throw new Refusal('AGENT_STATE_DAMAGED', { detail: 'item journal', cause });
  }
}

/** Where a batch stands after the lines so far. */
export class ItemState {
  /** items with a result */
  readonly signed: ItemSet;
  /** signed attributes by item: an intent and no result. As many as are under way at once: they are the first to be signed again. */
  readonly perhapsSigned = new Map<number, Uint8Array>();
  readonly #owner: Pick<Opened, 'statementSha256' | 'signerSha256'>;
  #opening: Opening | null = null;

  constructor(owner: Pick<Opened, 'statementSha256' | 'signerSha256'>, count: number) {
    this.#owner = owner;
    this.signed = new ItemSet(count);
  }

  /** The last one. */
  get opening(): Opening | null {
    return this.#opening;
  }

  /**
   * @returns what a line of results completes, null for any other line
   * @throws Refusal AGENT_STATE_DAMAGED where lines do not follow from one another, BATCH_CHANGED where they are of another statement
   */
  take(line: ItemLine): ResultWindow | null {
    if (line.type === 'opened') this.#open(line);
    else if (line.type === 'intents') this.#intend(line.items);
    else return this.#complete(line.items);
    return null;
  }

  #open({ statementSha256, signerSha256, algorithm: used, intermediates }: Opened): void {
    if (signerSha256 !== this.#owner.signerSha256) throw damaged('of another certificate');
    if (statementSha256 !== this.#owner.statementSha256)
      throw new Refusal('BATCH_CHANGED', { detail: 'this machine signed items of another statement of it' });
    this.#opening = { algorithm: used, intermediates: intermediates.map(fromText) };
  }

  #intend(intents: readonly [number, string][]): void {
    for (const [index, attributes] of intents) {
      if (
        !this.#opening ||
        index >= this.signed.size ||
        this.signed.has(index) ||
        this.perhapsSigned.has(index)
      )
        throw damaged(`intent of item ${index}`);
      this.perhapsSigned.set(index, fromText(attributes));
    }
  }

  #complete(results: readonly [number, string][]): ResultWindow {
    const opening = this.#opening;
    if (!opening) throw damaged('results before an opening');
    const complete = results.map(([index, signature]) => {
      const attributes = this.perhapsSigned.get(index);
      if (!attributes) throw damaged(`result of item ${index}`);
      this.perhapsSigned.delete(index);
      this.signed.add(index);
      return { index, attributes, signature: fromText(signature) };
    });
    return { opening, results: complete };
  }
}

export function toText(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('base64');
}

/** @param text proved to be base64 by the shape of its line, or written by toText */
function fromText(text: string): Uint8Array {
  return Buffer.from(text, 'base64');
}

function damaged(detail: string): Refusal {
  return new Refusal('AGENT_STATE_DAMAGED', { detail: `item journal: ${detail}` });
}
