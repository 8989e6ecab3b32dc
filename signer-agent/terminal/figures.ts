/** @param date YYYY-MM-DD → dd/mm/yyyy; a year alone stays */
export function day(date: string): string {
  return date.split('-').reverse().join('/');
}

/** 12345 → 12.345 */
export function number(count: number): string {
  return String(count).replace(/\B(?=(\d{3})+$)/g, '.');
}
