import { Command, CommanderError } from 'commander';
import { isRefusal, type RefusalCode } from '#core/refusal';
import { refusalTexts } from '#core/refusal-texts';
import { EXIT } from './exit-code.ts';
import type { Stream } from './inputs.ts';
import { parseTime } from './parse-time.ts';
import { verifyFiles, type VerifyRequest } from './verify-files.ts';

/** Where the command writes: one line or report at a time. */
export type Output = { readonly out: (text: string) => void; readonly err: (text: string) => void };

/** What the command asks of its surroundings. */
export type Surroundings = { readonly standardInput: () => Stream; readonly now: () => number };

const terminal: Output = {
  out: (text) => void process.stdout.write(text + '\n'),
  err: (text) => void process.stderr.write(text + '\n'),
};
const ofProcess: Surroundings = { standardInput: () => process.stdin, now: () => performance.now() };

/**
 * `kyso verify FILE… --trust FILE [--trust-keys FILE] [--status FILE] [--crl FILE]… [--ocsp FILE]…
 * [--document-signers FILE] [--revocations DIR|FILE] [--at TIME] [--offline] [--require-token] [--json]`, where FILE is evidence, the text of a certificate (HC1:…), a picture of its QR
 * (PNG, JPEG), a folder of them, a stream of them (.ndjson, .txt, `-`), or with `--content FILE` one signature (.p7s)
 * @param argv what follows `verify`
 * @returns the exit code: 0 valid, 1 invalid, 2 usage or unreadable, 3 undetermined, 4 revoked or superseded; of many inputs the worst,
 *   in the order 2, 1, 4, 3, 0
 */
export async function verifyCommand(
  argv: readonly string[],
  output: Output = terminal,
  surroundings: Surroundings = ofProcess,
): Promise<number> {
  let exitCode: number = EXIT.unreadable;
  const command = describe(output).action(async (files: string[], options: Options) => {
    if (options.content !== undefined && files.length !== 1)
      return command.error('--content belongs to exactly one signature');
    const streams = { ...surroundings, print: output.out, say: output.err };
    exitCode = await verifyFiles(requestOf(files, options), streams);
  });
  try {
    await command.parseAsync([...argv], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT.unreadable;
    if (!isRefusal(error)) throw error;
    output.err(`${error.detail ?? ''}\n${sentence(error.code)}`);
    return EXIT.unreadable;
  }
}

type Options = {
  readonly trust: string;
  readonly trustKeys?: string;
  readonly status?: string;
  readonly documentSigners?: string;
  readonly revocations?: string;
  readonly content?: string;
  readonly crl: string[];
  readonly ocsp: string[];
  readonly certificate: string[];
  readonly at?: Date;
  readonly offline?: true;
  readonly requireToken?: true;
  readonly json?: true;
};

function describe(output: Output): Command {
  return new Command('kyso verify')
    .description(
      'Kiểm tra bằng chứng và chứng nhận tiêm chủng · judge evidence and certificates of vaccination, offline',
    )
    .argument(
      '<file...>',
      'evidence; a certificate, as text HC1:… or a picture of its QR (PNG, JPEG); folders; streams, one evidence or certificate a line: .ndjson, .jsonl, .txt, - for standard input',
    )
    .requiredOption('--trust <file>', 'trust list (trust.json)')
    .option('--trust-keys <file>', 'pinned keys of the trust list; without them nothing can be trusted')
    .option('--status <file>', 'status lists (status.json)')
    .option('--document-signers <file>', 'list of document signers, who sign certificates')
    .option(
      '--revocations <path>',
      'revoked certificates: the index, its batches beside it; or their folder, with index.json',
    )
    .option('--content <file>', 'the statement that FILE, one signature (.p7s), was made over')
    .option('--crl <file>', 'certificate revocation list, DER or PEM; may be repeated', append, [])
    .option('--ocsp <file>', 'OCSP response, DER; may be repeated', append, [])
    .option(
      '--certificate <file>',
      'beside --content: CA certificates, DER or PEM; may be repeated',
      append,
      [],
    )
    .option('--at <time>', 'judge at this time, as 2022-04-30T09:00:00Z; now, if not given', parseTime)
    .option(
      '--offline',
      'accept "signed; present status unknown" without a fresh status list or list of revocations',
    )
    .option('--require-token', 'refuse signers whose key is in software')
    .option('--json', 'one line of JSON for each, and a last one with their sum')
    .addHelpText(
      'after',
      '\nExit codes: 0 valid, 1 invalid, 2 usage or unreadable, 3 undetermined, 4 revoked or superseded.',
    )
    .configureOutput({
      writeOut: (text) => output.out(text.trimEnd()),
      writeErr: (text) => output.err(text.trimEnd()),
    })
    .exitOverride();
}

function append(file: string, before: string[]): string[] {
  return [...before, file];
}

function requestOf(files: readonly string[], options: Options): VerifyRequest {
  return {
    files,
    trust: options.trust,
    trustKeys: options.trustKeys ?? null,
    status: options.status ?? null,
    documentSigners: options.documentSigners ?? null,
    revocations: options.revocations ?? null,
    content: options.content ?? null,
    crls: options.crl,
    ocsp: options.ocsp,
    certificates: options.certificate,
    at: options.at ?? new Date(),
    offline: options.offline === true,
    requireToken: options.requireToken === true,
    json: options.json === true,
  };
}

function sentence(code: RefusalCode): string {
  return `${code}: ${refusalTexts[code].vi} · ${refusalTexts[code].en}`;
}
