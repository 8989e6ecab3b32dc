import type { Json } from '#core/record/canonical-bytes';
import type { Random } from '../../../../scripts/demo/random.ts';

type Path = readonly (string | number)[];

/** One member or element taken out, doubled, put in another order, or replaced by one of another value. */
export function mutateJson(value: Json, other: Json, random: Random): Json {
  const foreign = at(other, random.pick(pathsIn(other)));
  return put(value, random.pick(pathsIn(value)), (part) =>
    random.pick<() => Json | undefined>([
      () => undefined,
      () => (Array.isArray(part) ? [...(part as Json[]), ...(part as Json[])] : foreign),
      () => (Array.isArray(part) ? [...(part as Json[])].reverse() : foreign),
      () => foreign,
    ])(),
  );
}

/** The same place in both: one part of another value stands where that part stood. */
export function swapPart(value: Json, other: Json, random: Random): Json {
  const path = random.pick(pathsIn(value));
  const foreign = at(other, path);
  return foreign === undefined ? mutateJson(value, other, random) : put(value, path, () => foreign);
}

/** Every member and element, at every depth. */
export function pathsIn(value: Json, path: Path = []): Path[] {
  if (typeof value !== 'object' || value === null) return [path];
  const isList = Array.isArray(value);
  return [
    path,
    ...Object.entries(value).flatMap(([key, one]) =>
      pathsIn(one as Json, [...path, isList ? Number(key) : key]),
    ),
  ];
}

export function at(value: Json, path: Path): Json {
  return path.reduce<Json>(
    (part, key) =>
      typeof part === 'object' && part !== null
        ? ((part as Record<string, Json>)[key] as Json)
        : (undefined as never),
    value,
  );
}

export function put(value: Json, [key, ...rest]: Path, change: (part: Json) => Json | undefined): Json {
  if (key === undefined) return change(value) ?? null;
  const source = value as Record<string, Json>;
  const changed = rest.length === 0 ? change(source[key] as Json) : put(source[key] as Json, rest, change);
  if (Array.isArray(value)) {
    const list = [...(value as Json[])];
    list.splice(Number(key), 1, ...(changed === undefined ? [] : [changed]));
    return list;
  }
  return { ...source, [key]: changed };
}
