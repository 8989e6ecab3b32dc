import { rmSync } from 'node:fs';
import type { RefusalCode } from '#core/refusal';
import type { Job } from '#core/wire/issuing';
import { runIssuing, type IssuingOrder } from '#signer-agent/issuing/run-issuing';
import { jobOf } from './lying-api.ts';
import { newHome, orderOf, placesOf, type Scene } from './worker.ts';

export type Outcome = {
  /** codes of refused jobs, in order */
  readonly refused: string[];
  /** what the API was told of them: codes, `signed` */
  readonly told: string[];
};

/** One worker for many questions: each is a lease of its own. */
export type StandingWorker = {
  readonly ask: (...jobs: readonly Job[]) => Promise<Outcome>;
  readonly end: () => Promise<void>;
};

export function standingWorker(
  scene: Scene,
  kid: string,
  changes: Partial<IssuingOrder> = {},
): StandingWorker {
  const { api, pki } = scene;
  const stop = new AbortController();
  const home = newHome();
  const refusals = new Map<string, RefusalCode>();
  const running = runIssuing(
    orderOf(scene, home, {
      places: () => placesOf(pki, 'ministry-ec'),
      untilEmpty: false,
      stop: stop.signal,
      paces: { idle: 5, first: 5, most: 5, listAge: 0, rest: 5 },
      onRefused: (certificateId, { code }) => void refusals.set(certificateId, code),
      ...changes,
    }),
  );
  const ended = running.then(() => Promise.reject(new Error('the worker ended')));
  ended.catch(() => undefined);
  return {
    ask: async (...jobs) => {
      // told in the same breath as the others, whatever becomes of them
      const last = jobOf(kid, '{}', new Uint8Array(1));
      api.jobs.push(...jobs, last);
      const isTold = () => api.taken.some(({ certificateId }) => certificateId === last.certificateId);
      while (!isTold()) await Promise.race([api.until(api.taken.length + 1), ended]);
      const told = jobs.flatMap(({ certificateId }) =>
        api.taken.flatMap((one) => {
          if (one.certificateId !== certificateId) return [];
          return 'refusal' in one ? [one.refusal] : ['signed'];
        }),
      );
      return { refused: jobs.flatMap(({ certificateId }) => refusals.get(certificateId) ?? []), told };
    },
    end: async () => {
      stop.abort();
      await running;
      rmSync(home, { recursive: true, force: true });
    },
  };
}
