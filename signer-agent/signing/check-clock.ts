import { Refusal } from '#core/refusal';

const MOST_SECONDS = 5 * 60;

/**
 * Holds this machine's clock against the server's: the signing-time comes from it, and so does whether a certificate or a CRL is in force.
 * @throws Refusal CLOCK_WRONG where they differ by more than 5 minutes
 */
export function checkClock(serverTime: Date, now: Date): void {
  const seconds = Math.round((now.getTime() - serverTime.getTime()) / 1000);
  if (Math.abs(seconds) <= MOST_SECONDS) return;
  const direction = seconds > 0 ? 'ahead of' : 'behind';
  throw new Refusal('CLOCK_WRONG', { detail: `${Math.abs(seconds)} s ${direction} the server` });
}

/** The server's time by its Date header (RFC 9110 §6.6.1), an IMF-fixdate; null where it gave none that can be read. */
export function serverDate(headers: Headers): Date | null {
  const text = headers.get('date');
  if (text === null) return null;
  const date = new Date(text);
  // this is how ECMAScript writes an IMF-fixdate; what it reads is much more
  return !Number.isNaN(date.getTime()) && date.toUTCString() === text ? date : null;
}
