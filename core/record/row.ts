/** One row of a source as it came in: flat, all values text. CSV headers and NDJSON members carry exactly these names. */

export const ROW_REQUIRED = [
  'name',
  'birthDate',
  'sex',
  'nationality',
  'idType',
  'idNumber',
  'ward',
  'facility',
  'doseNumber',
  'doseType',
  'doseDate',
  'country',
  'target',
  'vaccine',
  'product',
  'manufacturer',
] as const;

export const ROW_OPTIONAL = ['rowCode', 'doseId', 'familyName', 'district', 'lot'] as const;

export const ROW_FIELDS = [...ROW_REQUIRED, ...ROW_OPTIONAL] as const;

export type RowField = (typeof ROW_FIELDS)[number];
export type Row = Readonly<Partial<Record<RowField, string>>>;

export function isRowField(name: string): name is RowField {
  return (ROW_FIELDS as readonly string[]).includes(name);
}
