import { Command, CommanderError } from 'commander';
import { isRefusal } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { EXIT } from '#verifier/cli/exit-code';
import type { Output } from '../trust/command.ts';
import { readTrustKey } from '../trust/sign.ts';
import { replaceFile } from '../trust/trust-file.ts';
import { readDocumentsFile } from './documents-file.ts';
import { makeDocuments } from './make.ts';
import { showDocuments } from './show.ts';
import { signDocuments } from './sign.ts';

const terminal: Output = {
  out: (text) => void process.stdout.write(text + '\n'),
  err: (text) => void process.stderr.write(text + '\n'),
};

/**
 * `kyso documents make | sign | show`, for those who keep the list of document signers.
 * @returns the exit code: 0 done, 1 refused, 2 usage or unreadable
 */
export async function documentsCommand(argv: readonly string[], output: Output = terminal): Promise<number> {
  try {
    await describe(output).parseAsync([...argv], { from: 'user' });
    return EXIT.valid;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.unreadable;
    if (!isRefusal(error)) throw error;
    const { vi, en } = refusalTexts[error.code];
    output.err(`${error.code}: ${vi} · ${en}`);
    for (const { at, code } of error.faults) output.err(`  ${at}: ${code}`);
    if (error.faults.length === 0 && error.detail) output.err(`  ${error.detail}`);
    return error.code === 'SOURCE_UNREADABLE' ? EXIT.unreadable : EXIT.invalid;
  }
}

type MakeOptions = { readonly out: string; readonly previous?: string };
type SignOptions = { readonly key: string; readonly out?: string };

function describe(output: Output): Command {
  const said = {
    writeOut: (text: string) => output.out(text.trimEnd()),
    writeErr: (text: string) => output.err(text.trimEnd()),
  };
  const command = new Command('kyso documents')
    .description('Danh sách khóa ký chứng nhận · the list of document signers, offline')
    .exitOverride()
    .configureOutput(said);
  const part = (name: string) => command.command(name).exitOverride().configureOutput(said);
  part('make <description>')
    .description('the bytes to be signed, from a JSON description; all faults at once')
    .requiredOption('--out <file>', 'where to write them')
    .option('--previous <file>', 'the list before: no row of it may be missing or changed, but for its end')
    .action((description: string, { out, previous }: MakeOptions) => {
      replaceFile(out, makeDocuments(description, previous ?? null));
      output.out(showDocuments(readDocumentsFile(out)));
    });
  part('sign <file>')
    .description('add a signature of the key that the trust list names for `document-signers`')
    .requiredOption('--key <file>', 'P-256 private key, PEM, readable by nobody else')
    .option('--out <file>', 'the signed list; FILE itself, if not given')
    .action((file: string, { key, out }: SignOptions) => {
      const target = out ?? file;
      replaceFile(target, signDocuments(readDocumentsFile(file), readTrustKey(key)));
      output.out(showDocuments(readDocumentsFile(target)));
    });
  part('show <file>')
    .description('what stands in it')
    .action((file: string) => output.out(showDocuments(readDocumentsFile(file))));
  return command;
}
