import type { RefusalCode } from '#core/refusal';
import type { Packed } from './packed.ts';
import type { SignAnswer, SignerRequest, SignRequest, TokenAddress, TokenState } from './token.ts';

/**
 * What the agent and a token's child process say to each other: one request and one answer at a time; once a signer is open, windows of
 * messages that queue up at the child, which reports on them until each is done.
 */

export type PinBytes = { readonly pin: Uint8Array; readonly lastTry: boolean };

/** A request with one answer. */
export type Question = { readonly file: string } & (
  | { readonly op: 'list'; readonly fresh: boolean }
  | { readonly op: 'certificates'; readonly token: TokenAddress; readonly unlock: PinBytes }
  | { readonly op: 'sign'; readonly request: SignRequest; readonly unlock: PinBytes }
  | { readonly op: 'open'; readonly request: SignerRequest; readonly unlock: PinBytes }
);

/** Messages to sign with the open signer. */
export type Window = { readonly op: 'window'; readonly window: number; readonly messages: Packed };

export type ChildRequest = Question | Window | { readonly op: 'stop' };

/** The answer's value for each question. */
export type Answers = {
  readonly list: readonly TokenState[];
  readonly certificates: readonly Uint8Array[];
  readonly sign: SignAnswer;
  readonly open: { readonly otherCertificates: readonly Uint8Array[] };
};

export type Fault = { readonly code: RefusalCode; readonly detail: string };

export type Answer =
  | { readonly ok: true; readonly value: Answers[keyof Answers] }
  | { readonly ok: false; readonly fault: Fault };

/** What came of a window since its last report. */
export type Report = {
  readonly window: number;
  readonly signatures: Packed;
  readonly done: boolean;
  /** why the rest of the window is not signed, once it is done */
  readonly fault: Fault | null;
};

/** Every message tells how many token operations the process has made, the one that begins now included. */
export type ChildMessage = { readonly operations: number } & (Answer | Report | { readonly counted: true });
