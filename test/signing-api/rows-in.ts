import type { Row } from '#core/record/row';
import { sampleRow } from '../support/rows.ts';
import { importRows, type Answer, type World } from '../support/world.ts';

/** Takes rows in as the operator (or another key) and says what became of each. */
export type Taken = {
  readonly status: number;
  readonly outcomes: readonly string[];
  readonly ids: readonly (string | null)[];
  readonly codes: readonly string[][];
  readonly answer: Answer;
};

type RowView = {
  readonly rowNo: number;
  readonly outcome: string;
  readonly recordId: string | null;
  readonly codes: string[];
};

export async function take(world: World, rows: readonly Row[], key?: string): Promise<Taken> {
  const by = key ?? (await operatorOf(world));
  const answer = await importRows(world, rows, by);
  const path = `/v1/imports/${String(answer.body['importId'])}/rows`;
  const views =
    answer.status === 201 ? ((await world.call('GET', path, { key: by })).body['rows'] as RowView[]) : [];
  return {
    status: answer.status,
    outcomes: views.map(({ outcome }) => outcome),
    ids: views.map(({ recordId }) => recordId),
    codes: views.map(({ codes }) => codes),
    answer,
  };
}

const operators = new WeakMap<World, string>();

/** One operator's key a world: an import is its own key's. */
export async function operatorOf(world: World): Promise<string> {
  const known = operators.get(world);
  if (known) return known;
  const key = await world.key('operator');
  operators.set(world, key);
  return key;
}

let serial = 0;

/** A clean row of a new person: another number, dose id and name each time. */
export function personRow(changes: Row = {}): Row {
  serial++;
  const letter = (n: number) => String.fromCharCode(65 + (n % 26));
  return {
    ...sampleRow,
    doseId: `T-${serial}`,
    name: `Nguyễn Văn ${letter(serial)}${letter(Math.floor(serial / 26))}`,
    idNumber: `07908${String(serial).padStart(7, '0')}`.replace(/^07908\d/, '079080'),
    ...changes,
  };
}

export type Stage = {
  readonly recordId: string;
  readonly stage: string;
  readonly reason: string | null;
  readonly version: number;
  readonly rowCode: string;
};

export async function stageOf(
  world: World,
  district: string,
  recordId: string | null | undefined,
  kind = 'district',
): Promise<Stage> {
  const { body } = await world.call(
    'GET',
    `/v1/districts/${district}/records/${String(recordId)}?kind=${kind}`,
    { key: await operatorOf(world) },
  );
  return body as unknown as Stage;
}

/** The register knows this row's person exactly so. */
export function knownAs(world: World, row: Row, changes: Partial<Row> = {}): void {
  const person = { ...row, ...changes };
  world.register.know({
    idType: person.idType as 'CCCD',
    idNumber: person.idNumber ?? '',
    name: person.name ?? '',
    sex: person.sex as 'M',
    birthDate: person.birthDate ?? '',
  });
}
