import type { RefusalCode } from '#core/refusal';
import type { SignAnswer, SignRequest, TokenAddress, TokenState } from './token.ts';

/** What the agent and the module's child process say to each other: one request, one answer, and an event at each C_Sign. */

export type PinBytes = { readonly pin: Uint8Array; readonly lastTry: boolean };

export type ChildRequest = { readonly module: string } & (
  | { readonly op: 'list' }
  | { readonly op: 'certificates'; readonly token: TokenAddress; readonly unlock: PinBytes }
  | { readonly op: 'sign'; readonly request: SignRequest; readonly unlock: PinBytes }
);

/** The answer's value for each operation. */
export type Answers = {
  readonly list: readonly TokenState[];
  readonly certificates: readonly Uint8Array[];
  readonly sign: SignAnswer;
};

export type ChildMessage =
  | { readonly event: 'token-operation' }
  | { readonly ok: true; readonly value: Answers[keyof Answers] }
  | { readonly ok: false; readonly code: RefusalCode; readonly detail: string };
