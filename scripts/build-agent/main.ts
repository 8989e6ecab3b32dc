import { readdirSync, statSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { buildAgent } from './build-agent.ts';

/** `npm run build:agent [-- --out FOLDER]` */
const [flag, value] = process.argv.slice(2);
if (flag !== undefined && (flag !== '--out' || value === undefined)) {
  process.stderr.write('usage: npm run build:agent [-- --out FOLDER]\n');
  process.exit(2);
}

const { folder } = await buildAgent(process.cwd(), resolve(value ?? 'dist-agent'));
for (const path of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
  const { size } = statSync(join(folder, path));
  if (statSync(join(folder, path)).isFile()) print(path, size);
}
print(relative('', folder), folderSize(folder));

function folderSize(at: string): number {
  const paths = readdirSync(at, { recursive: true, encoding: 'utf8' }).map((path) =>
    statSync(join(at, path)),
  );
  return paths.reduce((sum, stats) => sum + (stats.isFile() ? stats.size : 0), 0);
}

function print(name: string, bytes: number): void {
  process.stdout.write(`${(bytes / 1e6).toFixed(2).padStart(8)} MB  ${name}\n`);
}
