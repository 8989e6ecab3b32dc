import { base64url } from '#core/bytes';
import { isRefusal, type Refusal, type RefusalCode } from '#core/refusal';
import { ITEM_MIME_TYPE, itemWriter } from '#core/sign/item-statement';
import { MAX_ITEMS } from '#core/wire/signing-sessions';
import { waitForToken } from '../token/watch-tokens.ts';
import type { OpenSigner, SignatureAlgorithm, Unlock } from '../token/token.ts';
import { intermediatesFor } from './build-cms.ts';
import { checkWindow, type CheckedWindow, type PreparedItem, type SignedBy } from './check-window.ts';
import { demandIntentOver } from './check-intent.ts';
import { demandGoingOn } from './going-on.ts';
import { attributesWriter, cmsWriter } from './item-cms.ts';
import type { ItemJournal } from './item-journal.ts';
import type { Intent, Result } from './item-lines.ts';
import type { ItemSet } from './item-set.ts';
import type { LeafHashes } from './leaf-hashes.ts';
import type { Outbox } from './outbox.ts';
import { Pace } from './pace.ts';
import type { Ceremony } from './sign-batch.ts';
import { untilHalted } from './until-halted.ts';

/** At the token: one that is signed and one that waits, so that the token never does. */
const WINDOWS_AT_TOKEN = 2;
/** A window takes about a second at most: a slow token makes two signatures in that time. */
const WINDOW_SECONDS = 1;
const WINDOW_GROWTH = 8;

/** What the signer can mend, after which the PIN is asked again. */
const MENDABLE: readonly RefusalCode[] = [
  'TOKEN_REMOVED',
  'TOKEN_ABSENT',
  'MODULE_FAILED',
  'PIN_WANTED_AGAIN',
];

export type EachOrder = {
  readonly ceremony: Ceremony;
  readonly algorithm: SignatureAlgorithm;
  readonly items: ItemJournal;
  readonly outbox: Outbox;
  /** not to be signed again */
  readonly done: ItemSet;
  /** that gave the root */
  readonly hashes: LeafHashes;
};

type PreparedWindow = { readonly window: readonly PreparedItem[]; readonly intents: readonly Intent[] };
const NO_WINDOW: PreparedWindow = { window: [], intents: [] };

type AtToken = {
  readonly window: readonly PreparedItem[];
  readonly answer: ReturnType<OpenSigner['sign']>;
};

/**
 * Signs what is left of a batch record by record, window by window: while the token signs one, the one before is verified, journalled and
 * handed in. Ends after the signature in hand when the signer stops it, the session ends or the API refuses a window.
 */
export class EachSigning {
  readonly #order: EachOrder;
  readonly #halt: AbortSignal;
  readonly #writeStatement: ReturnType<typeof itemWriter>;
  /** DER */
  readonly #spki: Uint8Array;
  readonly #pace = new Pace();
  #windowItems = 1;

  constructor(order: EachOrder) {
    const { ceremony, outbox } = order;
    const { session, door, signer } = ceremony;
    this.#order = order;
    this.#halt = AbortSignal.any([door.stop, session.ended, outbox.failed]);
    this.#spki = signer.x509.publicKey.export({ type: 'spki', format: 'der' });
    this.#writeStatement = itemWriter(session.statement, session.statementSha256);
  }

  /**
   * @throws Refusal SIGNING_STOPPED, SESSION_ENDED; of the token, the door, the API; KEY_MISMATCH. Everything signed until then is
   *   journalled.
   */
  async run(first: Unlock): Promise<void> {
    const { done, ceremony } = this.#order;
    const { counts } = ceremony;
    let unlock = first;
    for (;;) {
      const before = counts.signed;
      const fault = await this.#withToken(unlock);
      // the API ends the session with the last item: nothing is missing then
      if (counts.skipped + counts.signed === done.size) return;
      this.#demandGoingOn();
      if (!fault) return;
      // a driver that fails at once would do so again, at the cost of a PIN each time
      const isHopeless = fault.code === 'MODULE_FAILED' && counts.signed === before;
      if (isHopeless || !MENDABLE.includes(fault.code)) throw fault;
      unlock = await this.#mended(fault);
    }
  }

  /** @returns why not everything was signed */
  async #withToken(unlock: Unlock): Promise<Refusal | null> {
    const { ceremony, items } = this.#order;
    const { token, tokenState, signer, now } = ceremony;
    const algorithm = this.#order.algorithm;
    const request = { token: { serial: tokenState.serial }, certificate: signer.der, algorithm };
    let signing: OpenSigner;
    try {
      this.#demandGoingOn();
      signing = await token.openSigner(request, unlock);
    } catch (error) {
      if (isRefusal(error)) return error;
      throw error;
    } finally {
      unlock.pin.wipe();
    }
    let closed: Promise<void> | null = null;
    const close = () => (closed ??= signing.close());
    const onHalt = () => void close();
    this.#halt.addEventListener('abort', onHalt);
    try {
      if (this.#halt.aborted) onHalt();
      const opening = { algorithm, intermediates: intermediatesFor(signer.der, signing.otherCertificates) };
      items.opened(now(), opening);
      const writeCms = cmsWriter(opening, signer.der);
      return await this.#signAll(signing, { algorithm, certificate: signer.der, spki: this.#spki, writeCms });
    } finally {
      this.#halt.removeEventListener('abort', onHalt);
      await close();
    }
  }

  async #signAll(signing: OpenSigner, by: SignedBy): Promise<Refusal | null> {
    const { ceremony, items } = this.#order;
    const left = this.#left();
    const atToken: AtToken[] = [];
    let fault: Refusal | null = null;
    this.#pace.rest();
    this.#progress();
    /** Journals what was signed and asks for the next window. */
    const goOn = async (results: readonly Result[], isMore: boolean) => {
      let next = NO_WINDOW;
      try {
        if (isMore && !this.#halt.aborted) next = this.#prepare(left);
      } finally {
        await items.write(ceremony.now(), results, next.intents);
      }
      const { window } = next;
      if (window.length > 0)
        atToken.push({ window, answer: signing.sign(window.map(({ attributes }) => attributes)) });
    };
    for (let i = 0; i < WINDOWS_AT_TOKEN; i++) await goOn([], true);
    for (let next = atToken.shift(); next; next = atToken.shift()) {
      const signed = await next.answer;
      fault ??= signed.fault;
      const checked = await checkWindow(next.window, signed.signatures, by);
      await goOn(checked.results, !fault && !checked.mismatch);
      await this.#handIn(checked);
    }
    return fault;
  }

  /** First what may be signed already, then the rest in list order. */
  *#left(): Generator<number, undefined> {
    const { items, done } = this.#order;
    for (const index of [...items.perhapsSigned.keys()]) if (!done.has(index)) yield index;
    for (let index = 0; index < done.size; index++)
      if (!done.has(index) && !items.signed.has(index) && !items.perhapsSigned.has(index)) yield index;
  }

  /** The next window, and which of it have no intent in the journal yet. Empty at the end. */
  #prepare(left: Generator<number, undefined>): PreparedWindow {
    const { ceremony, algorithm, items, hashes } = this.#order;
    const at = ceremony.now();
    const intended = { algorithm, mimeType: ITEM_MIME_TYPE, signer: ceremony.signer.der } as const;
    const writeAttributes = attributesWriter(algorithm, ceremony.signer.der, at);
    const window: PreparedItem[] = [];
    const intents: Intent[] = [];
    for (const size = this.#nextSize(); window.length < size;) {
      const index = left.next().value;
      if (index === undefined) break;
      const statement = this.#writeStatement({ index, leafHash: base64url(hashes.at(index)) });
      const before = items.perhapsSigned.get(index);
      if (before) demandIntentOver(before, { ...intended, statement });
      const item = { index, statement, attributes: before ?? writeAttributes(statement) };
      window.push(item);
      if (!before) intents.push(item);
    }
    return { window, intents };
  }

  #nextSize(): number {
    const wanted = Math.floor((this.#pace.perSecond ?? 1) * WINDOW_SECONDS);
    this.#windowItems = Math.max(1, Math.min(wanted, this.#windowItems * WINDOW_GROWTH, MAX_ITEMS));
    return this.#windowItems;
  }

  /** Once it is journalled. @throws Refusal KEY_MISMATCH, after handing in the signatures before that one */
  async #handIn({ results, toHandIn, mismatch }: CheckedWindow): Promise<void> {
    const { ceremony, outbox } = this.#order;
    const { counts, door } = ceremony;
    counts.signed += results.length;
    for (const { index } of results) door.settled?.(index, 'signed');
    if (mismatch) {
      counts.failed++;
      door.settled?.(mismatch.index, 'failed');
    }
    this.#progress();
    if (toHandIn.length > 0) await outbox.push(toHandIn);
    if (mismatch) throw mismatch.refusal;
  }

  #progress(): void {
    const { ceremony, done } = this.#order;
    const { signed, skipped } = ceremony.counts;
    this.#pace.reached(signed, performance.now());
    const secondsLeft = this.#pace.secondsFor(done.size - skipped - signed);
    ceremony.door.progress({ stage: 'sign', done: skipped + signed, total: done.size, secondsLeft });
  }

  /** Waits until the same token is there again, and asks its PIN. */
  async #mended(fault: Refusal): Promise<Unlock> {
    const { door, token, tokenState } = this.#order.ceremony;
    door.paused(fault);
    const { serial } = tokenState;
    const state = await untilHalted(waitForToken(token, { serial }, { signal: this.#halt }), this.#halt);
    this.#demandGoingOn();
    if (!state) throw fault;
    const asked = door.unlock(state);
    const unlock = await untilHalted(asked, this.#halt);
    // nobody needs the PIN that may still be typed
    if (!unlock)
      void asked.then(
        ({ pin }) => pin.wipe(),
        () => undefined,
      );
    this.#demandGoingOn();
    if (!unlock) throw fault;
    return unlock;
  }

  /** @throws Refusal SESSION_ENDED, SIGNING_STOPPED, or why the API took no more */
  #demandGoingOn(): void {
    const { ceremony, outbox } = this.#order;
    if (!ceremony.session.ended.aborted) outbox.failed.throwIfAborted();
    demandGoingOn(ceremony);
  }
}
