import { isRefusal, Refusal } from '#core/refusal';
import type { Home } from '../config.ts';
import { lockHome } from '../lock.ts';
import { openHealth } from './health.ts';
import { issueLease, type Workshop } from './issue-lease.ts';
import type { IssuingApi } from './issuing-api.ts';
import { IssuingJournal } from './issuing-journal.ts';
import type { IssuingKey } from './issuing-key.ts';
import { groundOf, type JudgingParts } from './judging.ts';
import type { KeyPlace } from './login-gate.ts';
import { openKeys } from './open-keys.ts';
import { Leasing } from './leasing.ts';
import type { Limits } from './limits.ts';
import { Patience } from './patience.ts';
import { Outbox } from './outbox.ts';
import type { Policy } from './policy.ts';
import { Reservations } from './reservations.ts';
import type { SecretSource } from './secret-source.ts';
import { SeenSequences } from './seen-sequences.ts';
import { DocumentSignerList } from './document-signers.ts';
import { usableKeys } from './usable-keys.ts';
import { StatusLists } from './status-lists.ts';
import { NewestCrls } from './newest-crls.ts';
import { TrustFiles } from './trust-files.ts';
import { WorkerState } from './worker-state.ts';

/** Leases in hand at once: while one is at the token, the next is judged and the one before is told. */
const LANES = 2;

/** Milliseconds. */
export type Paces = {
  /** between two leases where nothing waits */
  readonly idle: number;
  /** of what is tried again: the API, a lost HSM */
  readonly first: number;
  readonly most: number;
  /** how old a status list or CRL may grow before it is asked for again */
  readonly listAge: number;
  /** how old a judgement may grow before what it allowed is signed */
  readonly judgementAge: number;
  /** between two leases where the worker's own ground is wrong */
  readonly rest: number;
};
export const PACES: Paces = {
  idle: 2000,
  first: 500,
  most: 30_000,
  listAge: 180_000,
  judgementAge: 180_000,
  rest: 300_000,
};

export type IssuingOrder = {
  readonly home: Home;
  readonly api: IssuingApi;
  /** files */
  readonly trust: string;
  readonly trustKeys: string;
  readonly policy: Policy;
  readonly requireToken: boolean;
  /** the signed list of document signers, a file, where it says which keys there are */
  readonly documentSigners?: string | undefined;
  /** where the keys are: those of the list, or those that the worker is told to use where there is none */
  readonly places: (listed: readonly IssuingKey[] | null) => Promise<readonly KeyPlace[]>;
  readonly pin: SecretSource;
  /** with each key */
  readonly sessions: number;
  readonly limits: Limits;
  /** null for none, 0 for any */
  readonly healthPort: number | null;
  /** ends when nothing waits */
  readonly untilEmpty: boolean;
  readonly stop: AbortSignal;
  readonly now: () => Date;
  readonly paces?: Partial<Paces>;
  /** told where health is served, once the worker is ready */
  readonly onReady?: (healthPort: number | null) => void;
  /** told of each refusal of a job */
  readonly onRefused?: (certificateId: string, refusal: Refusal) => void;
};

/**
 * The Ministry's worker: leases jobs, decides about each alone, signs, and returns signatures, until it is told to end. What is at the
 * token then is finished and told.
 * @throws Refusal KEY_MISMATCH, DOCUMENT_SIGNER_USAGE, CERTIFICATE_KEY_NONE, TRUST_…, AGENT_BUSY; of the PIN and the token
 */
export async function runIssuing(order: IssuingOrder): Promise<void> {
  const free = await lockHome(order.home);
  try {
    await runAlone(order);
  } finally {
    free();
  }
}

async function runAlone(order: IssuingOrder): Promise<void> {
  const { home, api, now } = order;
  const paces = { ...PACES, ...order.paces };
  const seen = new SeenSequences(home);
  const trust = new TrustFiles(order.trust, order.trustKeys, seen);
  const status = new StatusLists(api, seen, paces.listAge);
  const crls = new NewestCrls(api, paces.listAge);
  const list =
    order.documentSigners === undefined ? null : new DocumentSignerList(order.documentSigners, seen);
  const listed = await listedKeys(trust, list, now());
  const journal = await IssuingJournal.open(home);
  const ending = new Ending(order.stop);
  try {
    const places = await order.places(listed);
    const keys = await openKeys(places, { ...order, paces, onRefusal: (refusal) => ending.because(refusal) });
    ending.whenAsked(() => {
      // what waits for an HSM that is away would wait on; what is at the token is finished
      for (const one of keys.values()) one.stop();
    });
    const state = new WorkerState(now);
    const health = await openHealth(order.healthPort, { state, journal, keys, status, now });
    try {
      order.onReady?.(health.port);
      const opened = places.map(({ key }) => key);
      const parts = { ...order, trust, status, crls, state, keys: usableKeys(opened, list) };
      await issueUntilEnd({ order, paces, parts, journal, sessions: keys, state, ending });
    } finally {
      await Promise.all([...keys.values()].map((one) => one.close()));
      await health.close();
    }
  } finally {
    await journal.close();
  }
  ending.demandOrderly();
}

type Running = {
  readonly order: IssuingOrder;
  readonly paces: Paces;
  readonly parts: JudgingParts;
  readonly journal: IssuingJournal;
  readonly sessions: Workshop['sessions'];
  readonly state: WorkerState;
  readonly ending: Ending;
};

async function issueUntilEnd(running: Running): Promise<void> {
  const { order, paces, parts, journal, sessions, state, ending } = running;
  const { api, limits, now } = order;
  const stop = ending.signal;
  const outbox = new Outbox({ api, journal, state, stop, backOffMs: paces });
  const refused = (certificateId: string, refusal: Refusal) => {
    state.refused(refusal);
    order.onRefused?.(certificateId, refusal);
  };
  const [reservations, patience] = [new Reservations(journal, limits), new Patience()];
  const shop = { journal, sessions, now, refused, reservations, patience };
  const leasing = new Leasing({ ...order, parts, journal, state, patience, stop, paces });

  await outbox.deliverLacking();
  const lane = async () => {
    for (let next = await leasing.next(); next; next = await leasing.next()) {
      const results = await issueLease(next, groundOf(parts, next, now()), shop);
      await outbox.deliver(next.leaseId, results);
      await leasing.after(results.length);
    }
  };
  await ending.withAll(Array.from({ length: LANES }, lane));
  leasing.demandEmpty();
}

/** @returns null where no list says */
async function listedKeys(
  files: TrustFiles,
  list: DocumentSignerList | null,
  at: Date,
): Promise<IssuingKey[] | null> {
  const { trust } = await files.at(at);
  return list && trust ? list.keys(trust, at) : null;
}

/** The end that was asked for, or that had to be. */
class Ending {
  readonly signal: AbortSignal;
  readonly #own = new AbortController();
  #why: unknown = null;

  constructor(stop: AbortSignal) {
    this.signal = AbortSignal.any([stop, this.#own.signal]);
  }

  whenAsked(run: () => void): void {
    if (this.signal.aborted) run();
    else this.signal.addEventListener('abort', run, { once: true });
  }

  because(why: unknown): void {
    this.#why ??= why;
    this.#own.abort();
  }

  /** All lanes to their end, also where one fails. */
  async withAll(lanes: readonly Promise<void>[]): Promise<void> {
    await Promise.all(lanes.map((lane) => lane.catch((error: unknown) => this.because(error))));
  }

  demandOrderly(): void {
    if (this.#why === null) return;
    throw isRefusal(this.#why) ? this.#why : new Refusal('INTERNAL', { cause: this.#why });
  }
}
