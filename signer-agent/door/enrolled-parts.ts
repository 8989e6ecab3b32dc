import type { Home } from '../config.ts';
import { runChecks } from '../doctor/run-checks.ts';
import { openKey } from '../enrolled-token.ts';
import { runSigning, type SigningOrder } from '../signing/run-signing.ts';
import type { PageParts } from './page-session.ts';

const SAMPLE_SIZE = 5;

/** What the page works with on an enrolled machine: the agent's own ceremony, token and doctor. */
export function enrolledParts(home: Home, options: Pick<SigningOrder, 'pss' | 'openToken'>): PageParts {
  return {
    home,
    run: (order) => runSigning({ ...order, ...options, home, sampleSize: SAMPLE_SIZE }),
    openToken: options.openToken ?? openKey,
    checkMachine: () => runChecks({ home: home.folder }),
  };
}
