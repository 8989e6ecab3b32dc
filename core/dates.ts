/** Dates `YYYY-MM-DD` and instants `YYYY-MM-DDTHH:MM:SSZ`, real calendar days only; text order is time order. */

const DATE = /^(\d{4})-(\d{2})-(\d{2})$/;
const INSTANT = /^(\d{4}-\d{2}-\d{2})T([01]\d|2[0-3]):[0-5]\d:[0-5]\dZ$/;

export function isDate(text: string): boolean {
  const parts = DATE.exec(text);
  if (!parts) return false;
  const [year, month, day] = [Number(parts[1]), Number(parts[2]), Number(parts[3])];
  return isDay(year, month, day);
}

/** A day of the calendar from 1800 on. */
export function isDay(year: number, month: number, day: number): boolean {
  return year >= 1800 && month >= 1 && month <= 12 && day >= 1 && day <= daysIn(year, month);
}

export function isYear(text: string): boolean {
  return /^\d{4}$/.test(text) && Number(text) >= 1800;
}

export function isInstant(text: string): boolean {
  const parts = INSTANT.exec(text);
  return parts !== null && isDate(parts[1] ?? '');
}

/** Whole seconds; fractions are cut off. */
export function instant(at: Date): string {
  return at.toISOString().slice(0, 19) + 'Z';
}

/** The calendar day in the city (UTC+7, no summer time) at an instant. */
export function cityDate(at: Date): string {
  return new Date(at.getTime() + 7 * 3_600_000).toISOString().slice(0, 10);
}

function daysIn(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return [4, 6, 9, 11].includes(month) ? 30 : 31;
}
