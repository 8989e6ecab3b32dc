import { Refusal } from '#core/refusal';
import { pageTexts } from './state-texts.ts';

/** A refusal as the page and others at the door read it (RFC 9457); the detail names the rule, never what was sent. */
export function problemBody(refusal: Refusal): string {
  const { code, http, fixable, detail } = refusal;
  const { vi, en } = pageTexts(refusal);
  return JSON.stringify({ type: 'about:blank', title: code, status: http, code, vi, en, fixable, detail });
}

/** What is not a refusal is a fault of the program: its text may hold anything and goes nowhere. */
export function refusalOf(error: unknown): Refusal {
  return error instanceof Refusal ? error : new Refusal('INTERNAL', { cause: error });
}
