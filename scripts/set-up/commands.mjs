import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

export function hasCommand(name) {
  return (process.env.PATH ?? '')
    .split(delimiter)
    .some((folder) => folder !== '' && existsSync(join(folder, name)));
}
