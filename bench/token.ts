import { createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { join } from 'node:path';
import { ensurePki } from '#certs-test/ensure-pki';
import { bytesOfText, signerNamed, type Pki } from '#certs-test/pki';
import { openPkcs11Token } from '#signer-agent/token/host';
import { Pin, type SignatureAlgorithm } from '#signer-agent/token/token';
import { projectFolder } from '#signing-api/project-folder';
import { canVerifyInC, compileCLoop, runCLoop } from './c-loop.ts';

/**
 * The PKCS#11 layer (child process, channel, windows) against a loop of C_Sign in C, over the same soft tokens, one after the other, in
 * several rounds. `npm run bench:token -- 2000 10000` sets the numbers of RSA and P-256 signatures a round.
 */

/** the best of them is taken: what else the machine does only ever costs time */
const ROUNDS = 5;
/** as the agent signs record by record: windows of so many, the next one waiting at the token */
const WINDOW = 256;

type Work = {
  readonly name: string;
  readonly signer: string;
  readonly algorithm: SignatureAlgorithm;
  readonly mechanism: number;
  readonly inputBytes: number;
  readonly count: number;
  readonly verified: boolean;
};
/** signatures a second, and microseconds of the processor that the process with the driver spent on each */
type Pace = { readonly rate: number; readonly cpu: number };
type Measured = { readonly floor: Pace; readonly layer: Pace };

const folder = join(projectFolder(), '.bench', 'token');

async function layerPace(pki: Pki, work: Work): Promise<Pace> {
  const signer = signerNamed(pki, work.signer);
  const certificate = bytesOfText(signer.certificate);
  const key = createPublicKey(
    new X509Certificate(certificate).publicKey.export({ format: 'pem', type: 'spki' }),
  );
  const messages = Array.from({ length: work.count }, (_, index) => Buffer.from(`message ${index}`));
  const windows = Array.from({ length: Math.ceil(work.count / WINDOW) }, (_, index) =>
    messages.slice(index * WINDOW, (index + 1) * WINDOW),
  );
  const token = openPkcs11Token(pki.modulePath);
  try {
    const request = { token: { serial: signer.tokenSerial }, certificate, algorithm: work.algorithm };
    const open = await token.openSigner(request, { pin: new Pin(Buffer.from(pki.pin)), lastTry: false });
    const pid = token.pid ?? 0;
    const cpuBefore = cpuSeconds(pid);
    const start = performance.now();
    let next = open.sign(windows[0] ?? []);
    for (const [index, window] of windows.entries()) {
      const signed = next;
      next = open.sign(windows[index + 1] ?? []);
      const { signatures, fault } = await signed;
      if (fault) throw fault;
      if (!work.verified) continue;
      for (const [at, signature] of signatures.entries())
        if (!verify('sha256', window[at] ?? Buffer.alloc(0), key, signature))
          throw new Error('a signature does not verify');
    }
    const seconds = (performance.now() - start) / 1000;
    const cpu = ((cpuSeconds(pid) - cpuBefore) * 1e6) / work.count;
    await open.close();
    if (token.tokenOperations !== work.count) throw new Error(`${token.tokenOperations} token operations`);
    return { rate: work.count / seconds, cpu };
  } finally {
    await token.close();
  }
}

/** utime and stime of proc_pid_stat(5), in ticks of 10 ms */
function cpuSeconds(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

function floorPace(program: string, pki: Pki, work: Work): Pace {
  const signer = signerNamed(pki, work.signer);
  const spki = join(folder, `${signer.name}.der`);
  const { publicKey } = new X509Certificate(bytesOfText(signer.certificate));
  writeFileSync(spki, publicKey.export({ format: 'der', type: 'spki' }));
  const { mechanism, inputBytes, count } = work;
  const loop = {
    module: pki.modulePath,
    serial: signer.tokenSerial,
    pin: pki.pin,
    mechanism,
    inputBytes,
    count,
  };
  const { seconds, cpuSeconds: cpu } = runCLoop(program, work.verified ? { ...loop, spki } : loop);
  return { rate: count / seconds, cpu: (cpu * 1e6) / count };
}

function row({ name, count }: Work, rounds: readonly Measured[]): string {
  const best = (of: 'floor' | 'layer') => Math.max(...rounds.map((round) => round[of].rate));
  const least = (of: 'floor' | 'layer') => Math.min(...rounds.map((round) => round[of].cpu));
  const ratios = rounds.map(({ floor, layer }) => layer.rate / floor.rate);
  const cells = [
    name,
    count,
    best('floor').toFixed(0),
    best('layer').toFixed(0),
    (best('layer') / best('floor')).toFixed(3),
    `${Math.min(...ratios).toFixed(2)} to ${Math.max(...ratios).toFixed(2)}`,
    least('floor').toFixed(0),
    least('layer').toFixed(0),
  ];
  return `| ${cells.join(' | ')} |`;
}

const [rsaCount = 2000, p256Count = 10_000] = process.argv.slice(2).map(Number);
const rsa = { signer: 'district-760', algorithm: 'RSA-PKCS1-SHA256', mechanism: 1, inputBytes: 51 } as const;
const p256 = {
  signer: 'district-769',
  algorithm: 'ECDSA-P256-SHA256',
  mechanism: 0x1041,
  inputBytes: 32,
} as const;
const works: readonly Work[] = [
  { name: 'RSA-2048', ...rsa, count: rsaCount, verified: false },
  { name: 'P-256', ...p256, count: p256Count, verified: false },
  ...(canVerifyInC ? [{ name: 'P-256, verified', ...p256, count: p256Count, verified: true }] : []),
];

const pki = await ensurePki(join(projectFolder(), '.bench', 'token-pki'), {
  districts: ['760', '769'],
  facilities: ['79-00123'],
  bad: false,
  instance: 'bench',
});
Object.assign(process.env, pki.environment);
const program = compileCLoop(folder);
const head =
  '| key | signatures a round | C loop a second | layer a second | layer ÷ C loop | in single rounds | C loop CPU µs | driver process CPU µs |';
const lines = [head, head.replace(/[^|]+/g, ' --- ')];
for (const work of works) {
  const rounds: Measured[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const measured = { floor: floorPace(program, pki, work), layer: await layerPace(pki, work) };
    rounds.push(measured);
    process.stderr.write(`${work.name}: ${JSON.stringify(measured)}\n`);
  }
  lines.push(row(work, rounds));
}
rmSync(folder, { recursive: true, force: true });
process.stdout.write(
  `Node ${process.version}, ${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, best of ${ROUNDS} rounds.\n\n${lines.join('\n')}\n`,
);
