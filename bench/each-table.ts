/** Of the agent, its driver's child, the API and PostgreSQL. */
type ByProcess = {
  readonly agent: number;
  readonly driver: number;
  readonly api: number;
  readonly postgres: number;
};

export type MeasuredEach = {
  readonly key: string;
  readonly records: number;
  readonly tokenOperations: number;
  /** from the opening of the token until the last item is signed, verified and journalled; and until all are collected */
  readonly seconds: { readonly sign: number; readonly total: number };
  /** of the C loop, signatures a second: before and after */
  readonly loopRates: readonly [number, number];
  /** seconds */
  readonly cpu: ByProcess;
  readonly peakMb: ByProcess;
};

const HEAD = [
  'key',
  'records',
  'C_Sign',
  'seconds to signed',
  'to collected',
  'growth',
  'items/s',
  'C loop/s',
  'items ÷ C loop',
  'CPU s: agent',
  'driver',
  'API',
  'PostgreSQL',
  'peak MB: agent',
  'driver',
  'API',
  'PostgreSQL',
];

export function eachTable(rows: readonly MeasuredEach[]): string {
  const lines = rows.map((row, i) => {
    const { key, records, tokenOperations, seconds, loopRates, cpu, peakMb } = row;
    const before = rows[i - 1];
    const floor = (loopRates[0] + loopRates[1]) / 2;
    const rate = records / seconds.total;
    const growth =
      before?.key === key
        ? `${(seconds.total / before.seconds.total).toFixed(1)} × for ${(records / before.records).toFixed(0)} ×`
        : '';
    return [
      ...[key, records, tokenOperations, seconds.sign.toFixed(1), seconds.total.toFixed(1), growth],
      ...[rate.toFixed(0), floor.toFixed(0), (rate / floor).toFixed(2)],
      ...valuesOf(cpu).map((value) => value.toFixed(1)),
      ...valuesOf(peakMb),
    ];
  });
  return [HEAD, HEAD.map(() => '---'), ...lines].map((cells) => `| ${cells.join(' | ')} |`).join('\n');
}

function valuesOf({ agent, driver, api, postgres }: ByProcess): number[] {
  return [agent, driver, api, postgres];
}
