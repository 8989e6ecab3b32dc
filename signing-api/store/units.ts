import type { UnitKind } from '#core/sign/fields';
import { UNKNOWN_DISTRICT } from '#core/record/places';
import { Refusal } from '#core/refusal';
import type { Caller } from '../caller.ts';
import type { Db } from './database.ts';

export type Unit = {
  readonly kind: string;
  readonly code: string;
  readonly name: string;
  readonly district: string;
};

export type NewUnit = Unit & { readonly validFrom: string; readonly parent: string | null };

export async function insertUnits(db: Db, units: readonly NewUnit[]): Promise<number> {
  const rows = await db.query(
    `insert into units (kind, code, valid_from, name, district, parent)
     select * from unnest($1::text[], $2::text[], $3::date[], $4::text[], $5::text[], $6::text[])
     on conflict do nothing returning 1`,
    [
      units.map((u) => u.kind),
      units.map((u) => u.code),
      units.map((u) => u.validFrom),
      units.map((u) => u.name),
      units.map((u) => u.district),
      units.map((u) => u.parent),
    ],
  );
  return rows.length;
}

export async function listUnits(db: Db): Promise<Unit[]> {
  return db.query<Unit>(
    `select distinct on (kind, code) kind, code, name, district from units
     where valid_from <= now() and (valid_to is null or valid_to > now()) order by kind, code, valid_from desc`,
  );
}

/** @throws Refusal FORBIDDEN where the unit does not exist now */
export async function findUnit(db: Db, kind: UnitKind, code: string): Promise<Unit> {
  const rows = await db.query<Unit>(
    `select kind, code, name, district from units
     where kind = $1 and code = $2 and valid_from <= now() and (valid_to is null or valid_to > now())
     order by valid_from desc limit 1`,
    [kind, code],
  );
  const unit = rows[0];
  if (!unit) throw new Refusal('FORBIDDEN', { detail: 'the unit is not known' });
  return unit;
}

/** The district a caller's own rows are kept under. */
export async function districtOfUnit(db: Db, caller: Caller): Promise<string> {
  if (caller.unit === null) return UNKNOWN_DISTRICT;
  if (caller.role === 'district') return caller.unit;
  const rows = await db.query<{ district: string }>(
    'select district from units where kind = $1 and code = $2 order by valid_from desc limit 1',
    [caller.role, caller.unit],
  );
  return rows[0]?.district ?? UNKNOWN_DISTRICT;
}
