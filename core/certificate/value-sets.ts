/**
 * Codes of the certificate as tables with validity dates (domain §3): a value set changes, so that a code is judged on the day on which
 * the certificate is issued, which is when the list in force says what may be written.
 */

export const COVID_19 = '840539006';
/** ATC: COVID-19 vaccines, of whatever kind; may stand for the particular kind of any product */
export const GENERIC_VACCINE = 'J07BX03';

export type Product = {
  readonly mp: string;
  readonly name: string;
  readonly ma: string;
  /** the kind of vaccine that goes with it, beside the generic one */
  readonly vp: string;
  /** doses of the primary series */
  readonly series: number;
  /** first and last day on which the code may be issued, YYYY-MM-DD; absent where no list says so */
  readonly from?: string;
  readonly to?: string;
};

const MRNA = '1119349007';
const VECTOR = '29061000087103';
const INACTIVATED = '1157024006';
const SINOPHARM = 'ORG-100020693';

export const products: readonly Product[] = [
  { mp: 'EU/1/21/1529', name: 'Vaxzevria', ma: 'ORG-100001699', vp: VECTOR, series: 2 },
  { mp: 'Sputnik-V', name: 'Sputnik V', ma: 'Gamaleya-Research-Institute', vp: VECTOR, series: 2 },
  { mp: 'BBIBP-CorV', name: 'BBIBP-CorV (Vero Cell)', ma: SINOPHARM, vp: INACTIVATED, series: 2 },
  { mp: 'EU/1/20/1528', name: 'Comirnaty', ma: 'ORG-100030215', vp: MRNA, series: 2 },
  { mp: 'EU/1/20/1507', name: 'Spikevax', ma: 'ORG-100031184', vp: MRNA, series: 2 },
  { mp: 'EU/1/20/1525', name: 'Jcovden (Janssen)', ma: 'ORG-100001417', vp: VECTOR, series: 1 },
  { mp: 'Hayat-Vax', name: 'Hayat-Vax', ma: 'ORG-100023050', vp: INACTIVATED, series: 2 },
  { mp: 'Abdala', name: 'Abdala', ma: 'CIGB', vp: GENERIC_VACCINE, series: 3 },
  {
    mp: 'Inactivated-SARS-CoV-2-Vero-Cell',
    name: 'Inactivated SARS-CoV-2 (Vero Cell)',
    ma: SINOPHARM,
    vp: INACTIVATED,
    series: 2,
    // in the list of 20/12/2021, given up in favour of BBIBP-CorV by 23/4/2022
    from: '2021-12-20',
    to: '2022-04-22',
  },
];

const byCode = new Map(products.map((product) => [product.mp, product]));

export function productOf(mp: string): Product | undefined {
  return byCode.get(mp);
}

export type Codes = {
  readonly tg: string;
  readonly vp: string;
  readonly mp: string;
  readonly ma: string;
};

/**
 * Why codes may not stand together in a certificate issued on a day, or null where they may.
 * @param day YYYY-MM-DD in the city
 */
export function codesFault({ tg, vp, mp, ma }: Codes, day: string): string | null {
  const product = byCode.get(mp);
  if (tg !== COVID_19) return 'tg is not the code of COVID-19';
  if (!product) return 'mp is not in the value set';
  if (ma !== product.ma) return 'ma is not the manufacturer of mp';
  if (vp !== product.vp && vp !== GENERIC_VACCINE) return 'vp is not the kind of vaccine of mp';
  if (day < (product.from ?? day) || day > (product.to ?? day)) return 'mp is not valid on the day of issue';
  return null;
}
