import { Refusal } from '#core/refusal';
import type { Enrolment } from '../config.ts';
import { findToken } from '../token/find-token.ts';
import { refusePin } from '../token/pin-state.ts';
import type { PinState, TokenState } from '../token/token.ts';
import { checkLink } from './check-link.ts';
import type { LinkReport, WarningCode } from './report.ts';

const WARNINGS: Partial<Record<PinState, WarningCode>> = { low: 'PIN_LOW', 'final-try': 'PIN_FINAL_TRY' };

/**
 * The enrolled token is plugged in and its PIN can be tried; before an enrolment, some token.
 * @returns with the enrolled token's state, for the next link
 */
export async function checkToken(
  shown: readonly TokenState[],
  enrolment: Enrolment | null,
): Promise<{ report: LinkReport; token: TokenState | null }> {
  let token: TokenState | null = null;
  const report = await checkLink('token', () => {
    if (!enrolment) return anyToken(shown);
    const found = findToken(shown, { serial: enrolment.token.serial });
    // the last try is asked about when it comes to it
    refusePin(found, true);
    token = found;
    return { facts: [nameOf(found)], warning: WARNINGS[found.pin] ?? null };
  });
  return { report, token };
}

function anyToken(shown: readonly TokenState[]) {
  const [fault] = shown.flatMap((token) => token.fault ?? []);
  const readable = shown.filter((token) => token.fault === undefined);
  if (readable.length === 0) throw new Refusal(fault ?? 'TOKEN_ABSENT');
  return { facts: readable.map(nameOf) };
}

function nameOf({ label, serial, manufacturer, model, pin }: TokenState): string {
  return `${label}, số sê-ri ${serial}, ${manufacturer} ${model}, PIN ${pin}`;
}
