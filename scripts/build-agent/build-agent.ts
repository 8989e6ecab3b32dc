import { chmodSync, copyFileSync, mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { AGENT_VERSION } from '#signer-agent/version';
import { bundle } from './bundle.ts';
import { licencesText, packagesOf } from './licences.ts';

export type BuiltAgent = {
  readonly folder: string;
  /** files that went into the bundle, relative to the working directory */
  readonly inputs: readonly string[];
};

/**
 * Makes the folder that signers' machines get: it runs without the project, npm or an installed Node. For the platform it is made on.
 * @param root the project's folder, set up and compiled
 * @param out where the folder is made; one of the same name is replaced
 * @throws Error where this Node cannot be copied, or a part is missing
 */
export async function buildAgent(root: string, out: string): Promise<BuiltAgent> {
  const node = copyableNode();
  const folder = join(out, `kyso-agent-${AGENT_VERSION}-${process.platform}-${process.arch}`);
  const [lib, bin, share] = ['lib', 'bin', 'share'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  rmSync(folder, { recursive: true, force: true });
  for (const made of [lib, bin, share]) mkdirSync(made, { recursive: true });

  copyFileSync(join(root, 'node_modules/pkcs11js/build/Release/pkcs11.node'), join(lib, 'pkcs11.node'));
  const inputs = await bundle(join(root, 'dist'), lib);
  copyFileSync(node, join(lib, 'node'));
  chmodSync(join(lib, 'node'), 0o755);
  writeFileSync(join(lib, 'package.json'), '{ "type": "module" }\n');

  const files = join(root, 'scripts/build-agent/files');
  for (const [name, to] of PLACED) {
    copyFileSync(join(files, name), join(folder, to));
    chmodSync(join(folder, to), /\.sh$|^bin/.test(to) ? 0o755 : 0o644);
  }
  copyFileSync(join(root, 'docs/agent.md'), join(folder, 'agent.md'));
  copyFileSync(join(root, 'LICENSE'), join(folder, 'LICENSE'));
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licencesText(packagesOf(inputs), node));
  writeFileSync(join(folder, 'VERSION'), versionText());
  return { folder, inputs };
}

const PLACED = [
  ['kyso-agent', 'bin/kyso-agent'],
  ['install.sh', 'install.sh'],
  ['kyso-agent.service', 'share/kyso-agent.service'],
  ['kyso-agent.desktop', 'share/kyso-agent.desktop'],
] as const;

/** A Node that is cut into shared libraries, as Debian's own is, does not run as one file. */
function copyableNode(): string {
  const { node_shared: isShared } = process.config.variables as { node_shared?: boolean };
  if (isShared)
    throw new Error(
      'This Node consists of shared libraries. Build the agent with one from nodejs.org instead.',
    );
  return realpathSync(process.execPath);
}

function versionText(): string {
  return `kyso-agent ${AGENT_VERSION}\nnode ${process.version}\n${process.platform} ${process.arch}\n`;
}
