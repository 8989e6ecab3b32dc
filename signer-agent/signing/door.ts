import type { Refusal } from '#core/refusal';
import type { TokenState, Unlock } from '../token/token.ts';
import type { CheckedLeaf } from './check-leaf.ts';
import type { Summary } from './summary.ts';

/** The door the signer stands at, terminal or page: what it shows, the yes it asks for, the PIN it brings. */
export type Door = {
  readonly progress: (progress: Progress) => void;
  /**
   * Shows what would be signed, and lets the signer look at any record of it. Returns when the signer has said yes to exactly this.
   * @throws Refusal APPROVAL_DECLINED, APPROVAL_OF_OTHER_DIGEST
   */
  readonly approve: (summary: Summary, records: Records) => Promise<void>;
  /**
   * Brings the PIN for this token; asked again after the token was pulled out.
   * @throws Refusal PIN_UNREADABLE, PIN_LAST_TRY, PIN_LOCKED, SIGNING_STOPPED
   */
  readonly unlock: (token: TokenState) => Promise<Unlock>;
  /** In `each` mode: what became of one record of the list, once it is certain. A record that failed may have been signed before. */
  readonly settled?: (index: number, fate: Fate) => void;
  /** Signing waits for something that the signer can mend (the token pulled out, say); it goes on by itself once that is done. */
  readonly paused: (why: Refusal) => void;
  /** Aborted when the signer wants to stop: after the signature in hand. */
  readonly stop: AbortSignal;
};

export type Fate = 'signed' | 'skipped' | 'failed';

export type Stage = 'receive' | 'sign' | 'submit';

export type Progress = {
  readonly stage: Stage;
  readonly done: number;
  readonly total: number;
  /** null until it can be told */
  readonly secondsLeft: number | null;
};

/**
 * The records of the list, fetched again and held against the hashes that gave the root. People count from 1: a record's number is its
 * index + 1.
 */
export type Records = {
  /** @throws Refusal BATCH_CHANGED, RangeError */
  readonly open: (index: number) => Promise<CheckedLeaf>;
  /**
   * By name (folded), id number, or record id; in list order.
   * @throws Refusal BATCH_CHANGED
   */
  readonly search: (text: string, limit: number) => Promise<readonly FoundRecord[]>;
};

export type FoundRecord = { readonly index: number; readonly leaf: CheckedLeaf };
