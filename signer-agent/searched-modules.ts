import type { Home } from './config.ts';
import { readSettings } from './settings.ts';
import { allowModule, knownModules } from './token/modules.ts';

/**
 * The drivers to look for tokens in: those of the settings, then the known ones on this machine.
 * @throws Refusal CONFIG_INVALID, MODULE_NOT_ALLOWED: one that the settings name must be right
 */
export function searchedModules(home: Home): string[] {
  return [...new Set([...readSettings(home).modules.map(allowModule), ...knownModules()])];
}
