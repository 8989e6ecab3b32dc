import { districts } from '#core/record/places';
import { Refusal, type Fault } from '#core/refusal';
import { isUnitRole, type Role } from '../caller.ts';
import type { Service } from '../service.ts';
import { insertUnits, listUnits, type NewUnit, type Unit } from '../store/units.ts';

const CITY_SINCE = '2021-01-01';

export async function allUnits(service: Service): Promise<Unit[]> {
  return listUnits(service.db);
}

/**
 * The city's districts and wards are facts (core/record/places): none is added, so that nothing becomes eligible that agents refuse.
 * @returns how many were new
 * @throws Refusal REQUEST_MALFORMED: every such unit at once
 */
export async function addUnits(
  service: Service,
  units: readonly (Omit<NewUnit, 'parent'> & { parent?: string | undefined })[],
): Promise<number> {
  const faults = units.flatMap(({ kind }, i): Fault[] =>
    kind === 'district' || kind === 'ward' ? [{ at: `/units/${i}/kind`, code: 'PLACE_IS_FIXED' }] : [],
  );
  if (faults.length > 0) throw new Refusal('REQUEST_MALFORMED', { faults });
  return insertUnits(
    service.db,
    units.map((unit) => ({ ...unit, parent: unit.parent ?? null })),
  );
}

/** The 22 district health centres and the 312 ward stations exist from the first start. */
export async function seedUnits(service: Pick<Service, 'db'>): Promise<void> {
  const units = [...districts.values()].flatMap(({ code, name, wards }): NewUnit[] => [
    {
      kind: 'district',
      code,
      name: `Trung tâm Y tế ${name}`,
      district: code,
      validFrom: CITY_SINCE,
      parent: null,
    },
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

/** @throws Refusal CONFIG_INVALID where a unit's role has no such unit, or a city role names one */
export async function requireUnit(
  service: Pick<Service, 'db'>,
  role: Role,
  unit: string | null,
): Promise<void> {
  if (!isUnitRole(role)) {
    if (unit !== null) throw new Refusal('CONFIG_INVALID', { detail: `${role} stands above units` });
    return;
  }
  // a ward's police answers for the ward's own code
  const kind = role === 'police' ? 'ward' : role;
  const known = (await listUnits(service.db)).some((one) => one.kind === kind && one.code === unit);
  if (!known) throw new Refusal('CONFIG_INVALID', { detail: `no ${kind} has the code ${unit ?? ''}` });
}
