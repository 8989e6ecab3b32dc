import type { z } from 'zod';
import { Refusal, type Fault, type RefusalCode } from './refusal.ts';

/**
 * Reads a value as a shape, or refuses with all faults at once, each located by JSON pointer. Values are never repeated in faults.
 * @throws Refusal of the code handed in
 */
export function readShape<T extends z.ZodType>(shape: T, value: unknown, code: RefusalCode): z.infer<T> {
  const result = shape.safeParse(value);
  if (result.success) return result.data;
  const faults: Fault[] = result.error.issues.map((issue) => ({ at: pointer(issue.path), code: issue.code }));
  throw new Refusal(code, { detail: faults.map((fault) => `${fault.at} ${fault.code}`).join(', '), faults });
}

/** RFC 6901 */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((step) => '/' + String(step).replace(/~/g, '~0').replace(/\//g, '~1')).join('');
}
