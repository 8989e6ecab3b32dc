import { InvalidArgumentError } from 'commander';
import { isInstant } from '#core/dates';

/** An instant `YYYY-MM-DDTHH:MM:SSZ`; a fraction of a second is cut off. */
export function parseTime(text: string): Date {
  const whole = text.replace(/\.\d{1,9}Z$/, 'Z');
  if (!isInstant(whole)) throw new InvalidArgumentError('a time is written as 2022-04-30T09:00:00Z');
  return new Date(whole);
}
