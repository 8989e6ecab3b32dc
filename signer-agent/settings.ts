import { readFileSync } from 'node:fs';
import { isAbsolute, join } from 'node:path';
import { z } from 'zod';
import { Refusal } from '#core/refusal';
import { readShape } from '#core/shape';
import type { Home } from './config.ts';

/** What the unit's IT staff may set for one machine: `settings.json` in the agent's folder. A word that it does not know is refused. */

const SETTINGS_FILE = 'settings.json';

const settingsShape = z.strictObject({
  /** drivers beside the known ones, by absolute path; they are asked first, and allowed by the same rule */
  modules: z.array(z.string().max(4096).refine(isAbsolute, 'an absolute path')).max(20).default([]),
  /** whether signing waits until the signer certificate could be checked: always, or only where revocation data can be had */
  revocation: z.enum(['require', 'if-given']).default('require'),
});

export type Settings = z.infer<typeof settingsShape>;

/** @throws Refusal CONFIG_INVALID with all faults; where there is no file, the defaults */
export function readSettings(home: Home): Settings {
  const file = join(home.folder, SETTINGS_FILE);
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return settingsShape.parse({});
    throw new Refusal('CONFIG_INVALID', { detail: `${SETTINGS_FILE} cannot be read`, cause });
  }
  return readShape(settingsShape, parsed(text), 'CONFIG_INVALID');
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new Refusal('CONFIG_INVALID', { detail: `${SETTINGS_FILE} is not JSON`, cause });
  }
}
