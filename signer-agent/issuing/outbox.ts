import { isRefusal } from '#core/refusal';
import { MAX_JOBS, type Result as Told } from '#core/wire/issuing';
import type { IssuingApi } from './issuing-api.ts';
import type { IssuingJournal } from './issuing-journal.ts';
import type { Result } from './journal-lines.ts';
import { BackOff } from './pause.ts';
import type { WorkerState } from './worker-state.ts';

/** what is tried still after the worker was told to end */
const LAST_TRIES = 3;

export type OutboxOptions = {
  readonly api: Pick<IssuingApi, 'deliver'>;
  readonly journal: IssuingJournal;
  readonly state: WorkerState;
  readonly stop: AbortSignal;
  readonly backOffMs: { readonly first: number; readonly most: number };
};

/** Brings results to the API, as often as it takes; what cannot be brought stays in the journal for the next start. */
export class Outbox {
  readonly #options: OutboxOptions;

  constructor(options: OutboxOptions) {
    this.#options = options;
  }

  /** Signed before, and perhaps never heard of. */
  async deliverLacking(): Promise<void> {
    const { journal, stop } = this.#options;
    for (let lacking = journal.lacking(MAX_JOBS); lacking.length > 0 && !stop.aborted;) {
      const leaseId = lacking[0]?.leaseId ?? '';
      await this.deliver(leaseId, lacking.filter((one) => one.leaseId === leaseId).map(signedOf));
      lacking = journal.lacking(MAX_JOBS);
    }
  }

  /** Returns when the API has them, or the worker ends. */
  async deliver(leaseId: string, results: readonly Told[]): Promise<void> {
    if (results.length === 0) return;
    const { api, state, stop, backOffMs } = this.#options;
    const backOff = new BackOff(backOffMs.first, backOffMs.most);
    for (let lastTries = LAST_TRIES; lastTries > 0;)
      try {
        const { rejected } = await api.deliver(leaseId, results);
        state.delivered(results.length, rejected);
        return await this.#noteHeard(results);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        state.apiFailed(error);
        // an API that lost the lease will ask for the certificates again
        if (error.code === 'CERTIFICATE_UNKNOWN') return await this.#noteHeard(results);
        if (stop.aborted) lastTries--;
        await backOff.wait(stop);
      }
  }

  async #noteHeard(results: readonly Told[]): Promise<void> {
    const certificateIds = results.flatMap((one) => ('signature' in one ? [one.certificateId] : []));
    if (certificateIds.length > 0)
      await this.#options.journal.append([{ type: 'delivered', certificateIds }]);
  }
}

/** What the API is told of a result. */
export function signedOf({ certificateId, claimsSha256, signature }: Result): Told {
  return { certificateId, claimsSha256, signature };
}
