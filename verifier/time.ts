/** Whole seconds from an instant to `at`; negative where it lies ahead. */
export function ageSeconds(issuedAt: string, at: Date): number {
  return Math.floor((at.getTime() - Date.parse(issuedAt)) / 1000);
}
