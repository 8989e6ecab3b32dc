import { COVID_19, GENERIC_VACCINE, productOf } from './value-sets.ts';

/** What people read for a code; a code that is in no table is shown as it is. */
export type Text = { readonly vi: string; readonly en: string };

const same = (text: string): Text => ({ vi: text, en: text });

const diseases: ReadonlyMap<string, Text> = new Map([[COVID_19, same('COVID-19')]]);

const vaccines: ReadonlyMap<string, Text> = new Map([
  ['1119349007', { vi: 'Vắc xin mRNA phòng COVID-19', en: 'SARS-CoV-2 mRNA vaccine' }],
  [
    '29061000087103',
    { vi: 'Vắc xin véc tơ vi rút phòng COVID-19', en: 'COVID-19 non-replicating viral vector vaccine' },
  ],
  [
    '1157024006',
    { vi: 'Vắc xin bất hoạt phòng COVID-19', en: 'Inactivated whole SARS-CoV-2 antigen vaccine' },
  ],
  ['1119305005', { vi: 'Vắc xin kháng nguyên phòng COVID-19', en: 'SARS-CoV-2 antigen vaccine' }],
  [GENERIC_VACCINE, { vi: 'Vắc xin phòng COVID-19', en: 'COVID-19 vaccine' }],
]);

const manufacturers: ReadonlyMap<string, Text> = new Map(
  [
    ['ORG-100001699', 'AstraZeneca AB'],
    ['Gamaleya-Research-Institute', 'Gamaleya Research Institute'],
    ['ORG-100020693', 'China Sinopharm International Corp. - Beijing location'],
    ['ORG-100030215', 'Biontech Manufacturing GmbH'],
    ['ORG-100031184', 'Moderna Biotech Spain S.L.'],
    ['ORG-100001417', 'Janssen-Cilag International'],
    ['ORG-100023050', 'Gulf Pharmaceutical Industries'],
    ['CIGB', 'Center for Genetic Engineering and Biotechnology (CIGB)'],
  ].map(([code = '', name = '']) => [code, same(name)]),
);

export const diseaseName = (tg: string): Text => diseases.get(tg) ?? same(tg);
export const vaccineName = (vp: string): Text => vaccines.get(vp) ?? same(vp);
export const productName = (mp: string): Text => same(productOf(mp)?.name ?? mp);
export const manufacturerName = (ma: string): Text => manufacturers.get(ma) ?? same(ma);

/** @param code ISO 3166-1 alpha-2 */
export function countryName(code: string): Text {
  return { vi: region('vi', code), en: region('en', code) };
}

function region(language: string, code: string): string {
  try {
    return new Intl.DisplayNames([language], { type: 'region' }).of(code) ?? code;
  } catch {
    // not the form of a country's code
    return code;
  }
}
