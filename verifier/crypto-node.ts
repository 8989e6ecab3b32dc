import { createHash } from 'node:crypto';
import type { Sha256 } from '#core/tree/hash';

/** node:crypto's SHA-256. */
export const sha256: Sha256 = (data) => createHash('sha256').update(data).digest();
