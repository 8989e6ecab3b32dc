import type { RefusalCode } from '#core/refusal';

/** The machine check: what signing needs, link by link, in the order in which a person puts it right. */

export const LINKS = ['agent', 'driver', 'token', 'certificate', 'clock', 'server', 'revocation'] as const;
export type Link = (typeof LINKS)[number];

/** What is not in order, though one can sign today. */
export type WarningCode =
  'EXPIRES_30' | 'EXPIRES_14' | 'EXPIRES_7' | 'EXPIRES_1' | 'PIN_LOW' | 'PIN_FINAL_TRY';

type Found = {
  readonly link: Link;
  /** what was found, Vietnamese, without personal data */
  readonly facts: readonly string[];
};

export type LinkReport = Found &
  (
    | { readonly state: 'ok' | 'not-run'; readonly code: null }
    | { readonly state: 'warning'; readonly code: WarningCode }
    | {
        readonly state: 'broken';
        readonly code: RefusalCode;
        /** for engineers: English */
        readonly detail: string | null;
      }
  );

export type CheckReport = {
  /** this machine's clock */
  readonly at: string;
  /** one for each of LINKS, in that order */
  readonly links: readonly LinkReport[];
  /** what to put right first */
  readonly firstBroken: Link | null;
  readonly supportCode: string;
};

export function isBroken(report: LinkReport): report is LinkReport & { readonly state: 'broken' } {
  return report.state === 'broken';
}

/** A link that hangs on one that is broken. */
export function notRun(link: Link): LinkReport {
  return { link, state: 'not-run', code: null, facts: [] };
}
