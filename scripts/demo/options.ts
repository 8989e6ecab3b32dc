import { parseArgs } from 'node:util';
import { Refusal } from '#core/refusal';

export type DemoOptions = { readonly records: number; readonly out: string; readonly json: boolean };

/** `npm run demo -- --records N --out DIR --json`. @throws Refusal REQUEST_MALFORMED */
export function readOptions(argv: readonly string[]): DemoOptions {
  let values;
  try {
    ({ values } = parseArgs({
      args: [...argv],
      options: {
        records: { type: 'string', default: '5000' },
        out: { type: 'string', default: '.demo/out' },
        json: { type: 'boolean', default: false },
      },
    }));
  } catch (cause) {
    throw new Refusal('REQUEST_MALFORMED', {
      detail: 'usage: npm run demo -- [--records N] [--out DIR] [--json]',
      cause,
    });
  }
  const records = Number(values.records);
  if (!Number.isInteger(records) || records < 200 || records > 5_000_000)
    throw new Refusal('REQUEST_MALFORMED', { detail: '--records is a whole number from 200 to 5000000' });
  return { records, out: values.out, json: values.json };
}
