/** One line of a report: Vietnamese first, English beside it. */
export function line(vi: string, en: string, value: string): string {
  return `  ${vi} · ${en}: ${value}`;
}

export function age(vi: string, en: string, seconds: number | undefined): string[] {
  return seconds === undefined ? [] : [line(vi, en, hours(seconds))];
}

function hours(seconds: number): string {
  return `${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
}
