import { parseArgs } from 'node:util';
import { isRefusal, Refusal } from '#core/refusal';
import { makePki } from './make-pki.ts';

/**
 * Makes a test PKI: `node dist/certs-test/make.js [DIR] [--districts 760,769] [--facilities 79-00123] [--no-bad]
 * [--instance demo] [--software] [--crl-url URL] [--ocsp-url URL] [--at TIME] [--only-if-needed]`. Says on standard error what it does; its last line there is
 * `CODE: detail` where it fails, on one line.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    districts: { type: 'string' },
    facilities: { type: 'string' },
    'no-bad': { type: 'boolean', default: false },
    instance: { type: 'string' },
    software: { type: 'boolean', default: false },
    'crl-url': { type: 'string' },
    'ocsp-url': { type: 'string' },
    at: { type: 'string' },
    'only-if-needed': { type: 'boolean', default: false },
  },
});

const list = (text: string) => text.split(',').filter((code) => code !== '');
const say = (line: string) => process.stderr.write(line + '\n');

try {
  const { districts, facilities, instance, at } = values;
  const present = at === undefined ? new Date() : new Date(at);
  if (Number.isNaN(present.getTime())) throw new Refusal('CONFIG_INVALID', { detail: '--at is not a time' });
  const addresses = {
    ...(values['crl-url'] === undefined ? {} : { crl: values['crl-url'] }),
    ...(values['ocsp-url'] === undefined ? {} : { ocsp: values['ocsp-url'] }),
  };
  const options = {
    ...(districts === undefined ? {} : { districts: list(districts) }),
    ...(facilities === undefined ? {} : { facilities: list(facilities) }),
    ...(instance === undefined ? {} : { instance }),
    bad: !values['no-bad'],
    software: values.software,
    ...(Object.keys(addresses).length === 0 ? {} : { addresses }),
  };
  const dir = positionals[0] ?? 'certs-test/generated';
  const pki = await makePki(dir, options, present, { say, onlyIfNeeded: values['only-if-needed'] });
  process.stdout.write(`${pki.dir}: ${pki.signers.length} signers\n`);
} catch (error) {
  say(
    isRefusal(error)
      ? error.message
      : `INTERNAL: ${error instanceof Error ? (error.stack ?? error.message) : 'unknown'}`.replace(
          /\s*\n\s*/g,
          ' | ',
        ),
  );
  process.exitCode = 1;
}
