import { readdirSync, readFileSync } from 'node:fs';

/** Peak resident memory of a process, MB (VmHWM). */
export function peakMb(pid: number): number {
  const kb = /VmHWM:\s+(\d+) kB/.exec(readText(`/proc/${pid}/status`))?.[1];
  return Math.round(Number(kb ?? 0) / 1024);
}

/** Samples the memory of a process and all its descendants, shared pages counted once (PSS), until stopped. */
export function watchTree(pid: number): { readonly stop: () => number } {
  let peak = 0;
  const sample = () => {
    const kb = descendants(pid).reduce(
      (sum, one) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(readText(`/proc/${one}/smaps_rollup`))?.[1] ?? 0),
      0,
    );
    peak = Math.max(peak, Math.round(kb / 1024));
  };
  const timer = setInterval(sample, 500);
  return {
    stop: () => {
      clearInterval(timer);
      sample();
      return peak;
    },
  };
}

/** A process and all below it. */
export function descendants(pid: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc').filter((entry) => /^\d+$/.test(entry))) {
    const parent = /^\d+ \(.*\) \S (\d+)/s.exec(readText(`/proc/${name}/stat`))?.[1];
    if (parent !== undefined) parents.set(Number(name), Number(parent));
  }
  const found = [pid];
  for (let i = 0; i < found.length; i++)
    for (const [child, parent] of parents) if (parent === found[i]) found.push(child);
  return found;
}

/** A process may end between listing and reading. */
export function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}
