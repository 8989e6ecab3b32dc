import { z } from 'zod';

/** A query or a body that has no members: one that has is refused. */
export const nothing = z.strictObject({});
