import type { ListStatement } from '#core/sign/statement';
import type { FoundRecord } from './door.ts';
import type { Earlier, Sequel } from './resume.ts';
import type { Tally } from './tally.ts';

/** What the signer reads before signing. All of it comes from the bytes that are signed and the records that give their root. */
export type Summary = {
  readonly statement: ListStatement;
  readonly statementDigest: Uint8Array;
  readonly tally: Tally;
  readonly sample: readonly FoundRecord[];
  readonly sequel: Sequel;
  readonly earlier: Earlier;
  /** against what this machine remembers of the unit's lists; null where it remembers none; `damaged` where it cannot tell */
  readonly difference: Difference | 'damaged' | null;
  readonly outliers: readonly Outlier[];
  /** records that were left out of the search for outliers, because their facilities and days were too many to count */
  readonly uncounted: number;
  /** the signer certificate's state; `unknown` only where the policy lets it be */
  readonly revocation: 'good' | 'unknown';
  /** in `each` mode: how many are signed already, and will not be signed again */
  readonly signedItems: number;
};

export type Difference = {
  /** never signed on this machine */
  readonly fresh: number;
  /** signed before with other content */
  readonly changed: number;
  /** signed before as they are */
  readonly same: number;
  /** leaf indexes of the first changed ones, for opening */
  readonly changedIndexes: readonly number[];
  /** whether this machine remembers all earlier lists of the unit; where not, a fresh record may be an old one, changed */
  readonly complete: boolean;
};

/** A day on which a facility gave far more doses than it usually does. */
export type Outlier = {
  readonly facility: string;
  /** YYYY-MM-DD */
  readonly date: string;
  readonly count: number;
  /** the facility's median day in this list; of few days the list's median day of a facility */
  readonly usual: number;
};
