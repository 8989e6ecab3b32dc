import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** The licences of everything in the folder that is not ours: the bundled packages, and Node. */

type Package = { readonly name: string; readonly version: string; readonly license?: unknown };

/** @param inputs files that were bundled, relative to the working directory */
export function packagesOf(inputs: readonly string[]): string[] {
  const folders = inputs.flatMap((path) => /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1] ?? []);
  return [...new Set(folders)].sort();
}

/** @throws Error where a package has no licence text */
export function licencesText(folders: readonly string[], node: string): string {
  const packages = folders.map((folder) => {
    const { name, version, license } = JSON.parse(
      readFileSync(join(folder, 'package.json'), 'utf8'),
    ) as Package;
    return section(`${name} ${version} (${String(license)})`, licenceIn(folder));
  });
  return [section(`Node.js ${process.version}`, nodeLicence(node)), ...packages].join('\n');
}

function section(title: string, text: string): string {
  return `${'='.repeat(78)}\n${title}\n${'='.repeat(78)}\n\n${text.trim()}\n`;
}

function licenceIn(folder: string): string {
  const file = readdirSync(folder).find((name) => /^(licen[cs]e|copying)(\.|$)/i.test(name));
  if (file === undefined) throw new Error(`${folder} has no licence text`);
  return readFileSync(join(folder, file), 'utf8');
}

function nodeLicence(node: string): string {
  const places = [resolve(dirname(node), '../LICENSE'), '/usr/share/doc/nodejs/LICENSE'];
  const found = places.find((place) => existsSync(place));
  return found === undefined
    ? `MIT, with the licences of its parts: https://raw.githubusercontent.com/nodejs/node/${process.version}/LICENSE`
    : readFileSync(found, 'utf8');
}
