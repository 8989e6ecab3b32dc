/** One of several ways to do the same work, measured in turn with the others. */
export type Contender = {
  readonly name: string;
  /** things done by one `run` */
  readonly count: number;
  /** a promise is waited for */
  readonly run: () => unknown;
};

export type Pace = {
  readonly name: string;
  /** things a second in the best round */
  readonly rate: number;
  /** microseconds of processor time for one thing, all threads of the process, in the least round */
  readonly cpu: number;
};

/**
 * Contenders in turn, so many rounds; what is taken is the best round of each: whatever else the machine does only ever costs time. The
 * round before the first, in which code is compiled and caches are filled, does not count.
 */
export async function bestOf(rounds: number, contenders: readonly Contender[]): Promise<Pace[]> {
  const paces = new Map<Contender, Pace>();
  for (let round = 0; round <= rounds; round++)
    for (const contender of contenders) {
      const { name, count } = contender;
      const used = process.cpuUsage();
      const start = performance.now();
      await contender.run();
      const seconds = (performance.now() - start) / 1000;
      const { user, system } = process.cpuUsage(used);
      if (round === 0) continue;
      const before = paces.get(contender) ?? { rate: 0, cpu: Infinity };
      paces.set(contender, {
        name,
        rate: Math.max(before.rate, count / seconds),
        cpu: Math.min(before.cpu, (user + system) / count),
      });
    }
  return contenders.map((contender) => paces.get(contender) ?? { name: contender.name, rate: 0, cpu: 0 });
}

/** A row for each contender: its rate, its processor time, and how it stands to the first, the floor. */
export function rowsOf(what: string, paces: readonly Pace[]): string[][] {
  const floor = paces[0]?.rate ?? 0;
  return paces.map(({ name, rate, cpu }) => [
    what,
    name,
    rate.toFixed(0),
    cpu.toFixed(cpu < 100 ? 1 : 0),
    (rate / floor).toFixed(rate / floor < 0.1 ? 3 : 2),
  ]);
}

export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}
