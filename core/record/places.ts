import { cccdPrefixTable, districtTable } from './places-data.ts';

/** "Not known yet": where a record waits whose residence could not be read. */
export const UNKNOWN_DISTRICT = '000';

export type District = {
  readonly code: string;
  readonly name: string;
  readonly wards: ReadonlyMap<string, string>;
};

/** The 22 districts of the city, by code. */
export const districts: ReadonlyMap<string, District> = new Map(
  Object.entries(districtTable).map(([code, [name, wards]]) => [
    code,
    { code, name, wards: new Map(Object.entries(wards)) },
  ]),
);

const districtOfWard: ReadonlyMap<string, string> = new Map(
  [...districts.values()].flatMap(({ code, wards }) =>
    [...wards.keys()].map((ward) => [ward, code] as const),
  ),
);

export function wardName(ward: string): string | undefined {
  return districts.get(districtOfWard.get(ward) ?? '')?.wards.get(ward);
}

/** The district a ward lies in, or undefined where the ward is not one of the city's 312. */
export function districtFor(ward: string): string | undefined {
  return districtOfWard.get(ward);
}

/** Whether a citizen number's prefix names a province, or (101 and up) a birth abroad. */
export function knownCccdPrefix(prefix: string): boolean {
  return Object.hasOwn(cccdPrefixTable, prefix) || Number(prefix) >= 101;
}
