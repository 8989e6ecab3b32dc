/** Roles of units and of systems (design §4). */
export const ROLES = [
  'ward',
  'police',
  'facility',
  'district',
  'cdc',
  'doh',
  'ministry',
  'operator',
] as const;
export type Role = (typeof ROLES)[number];

/** Who is asking: a unit's key. `unit` is null only for roles that stand above units. */
export type Caller = {
  readonly keyId: string;
  readonly role: Role;
  readonly unit: string | null;
};

export type Place = {
  readonly district: string;
  readonly ward: string | null;
  readonly facility: string | null;
};

/** Whether a record that lies here is the caller's own business. */
export function isOwnRecord(caller: Caller, place: Place): boolean {
  if (caller.role === 'district') return place.district === caller.unit;
  if (caller.role === 'facility') return place.facility === caller.unit;
  if (caller.role === 'ward' || caller.role === 'police') return place.ward === caller.unit;
  return caller.role === 'cdc' || caller.role === 'ministry' || caller.role === 'operator';
}

/** Roles that belong to one unit. */
export function isUnitRole(role: Role): boolean {
  return role === 'district' || role === 'facility' || role === 'ward' || role === 'police';
}
