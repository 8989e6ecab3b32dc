#!/usr/bin/env node
import { Refusal } from '#core/refusal';

/** The one command. Each part is loaded only when it is asked for: the verifier needs no database, the agent no server. */
type Run = (argv: readonly string[]) => Promise<number>;

const parts: Readonly<Record<string, { readonly about: string; readonly load: () => Promise<Run> }>> = {
  api: {
    about: 'the signing API: serve | key',
    load: async () => (await import('#signing-api/commands')).apiCommand,
  },
  agent: {
    about: "the signer's machine: enrol | tokens | sign | serve | status | doctor",
    load: async () => (await import('#signer-agent/main')).agentCommand,
  },
  conformance: {
    about: 'judge test vectors, one JSON case a line: path | cms | ocsp | timestamp | signature | merkle',
    load: async () => (await import('#verifier/cli/conformance-command')).conformanceCommand,
  },
  documents: {
    about: 'the list of document signers, offline: make | sign | show',
    load: async () => (await import('#scripts/documents/command')).documentsCommand,
  },
  trust: {
    about: 'the trust list, offline: make | sign | show | verify',
    load: async () => (await import('#scripts/trust/command')).trustCommand,
  },
  verify: {
    about: 'judge evidence: files, folders, streams; or one signature with its statement',
    load: async () => (await import('#verifier/cli/verify-command')).verifyCommand,
  },
};

const USAGE_ERROR = 2;

async function main([name, ...rest]: readonly string[]): Promise<number> {
  const part = name === undefined ? undefined : parts[name];
  if (part) return (await part.load())(rest);
  const asked = name === undefined || name === '--help' || name === '-h';
  const lines = Object.entries(parts).map(([part, { about }]) => `  kyso ${part.padEnd(9)} ${about}`);
  (asked ? process.stdout : process.stderr).write(
    `${asked ? 'kyso: signing of vaccination records' : `kyso has no command "${name}"`}\n\n${lines.join('\n')}\n`,
  );
  return asked && name !== undefined ? 0 : USAGE_ERROR;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  if (!(error instanceof Refusal)) throw error;
  const faults = error.faults.map(({ at, code }) => `\n  ${at}: ${code}`).join('');
  process.stderr.write(
    `${error.code}: ${error.texts.vi}\n  ${error.texts.en}\n${error.detail ? `  (${error.detail})\n` : ''}${faults}`,
  );
  process.exitCode = 1;
}
