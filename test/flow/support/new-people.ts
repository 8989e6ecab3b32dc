import type { Row } from '#core/record/row';
import { sampleDoses, type RegisteredPerson } from '#scripts/demo/sample-people';

let seed = 5000;

/** Doses of clean new people, and what the register knows of them. */
export function newPeople(
  records: number,
  district: string,
  facility: string,
): { rows: Row[]; registered: RegisteredPerson[] } {
  const doses = [
    ...sampleDoses({ records, districts: [district], facilities: [facility], seed: seed++, errors: false }),
  ];
  return {
    rows: doses.map(({ row }) => row),
    registered: doses.flatMap(({ registered }) => registered ?? []),
  };
}
