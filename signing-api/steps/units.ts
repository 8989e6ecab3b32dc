import { districts } from '#core/record/places';
import type { Service } from '../service.ts';
import { insertUnits, listUnits, type NewUnit, type Unit } from '../store/units.ts';

const CITY_SINCE = '2021-01-01';

export async function allUnits(service: Service): Promise<Unit[]> {
  return listUnits(service.db);
}

/** @returns how many were new */
export async function addUnits(service: Service, units: readonly (Omit<NewUnit, 'parent'> & { parent?: string | undefined })[]): Promise<number> {
  return insertUnits(
    service.db,
    units.map((unit) => ({ ...unit, parent: unit.parent ?? null })),
  );
}

/** The 22 district health centres and the 312 ward stations exist from the first start. */
export async function seedUnits(service: Pick<Service, 'db'>): Promise<void> {
  const units = [...districts.values()].flatMap(({ code, name, wards }): NewUnit[] => [
    { kind: 'district', code, name: `Trung tâm Y tế ${name}`, district: code, validFrom: CITY_SINCE, parent: null },
    ...[...wards].map(([ward, wardName]) => ({
      kind: 'ward',
      code: ward,
      name: `Trạm Y tế ${wardName}, ${name}`,
      district: code,
      validFrom: CITY_SINCE,
      parent: code,
    })),
  ]);
  await insertUnits(service.db, units);
}
