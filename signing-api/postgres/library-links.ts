import { existsSync, readFileSync, symlinkSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

interface Link {
  readonly source: string;
  readonly target: string;
}

/**
 * Makes the library links (libpq.so.5 → libpq.so.5.18 and so on). npm packages cannot hold links; the package makes
 * them in a postinstall script, which `--ignore-scripts` leaves out.
 * @param native the package's `native` folder, or a copy of it
 * @returns false when links are missing and this user may not make them there
 */
export function makeLibraryLinks(native: string): boolean {
  for (const { source, target } of readLinks(join(native, 'pg-symlinks.json'))) {
    const link = join(dirname(native), target);
    if (existsSync(link)) continue;
    try {
      symlinkSync(basename(source), link);
    } catch (cause) {
      if ((cause as NodeJS.ErrnoException).code !== 'EEXIST') return false;
    }
  }
  return true;
}

function readLinks(file: string): Link[] {
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Link[]) : [];
}
