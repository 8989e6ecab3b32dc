import { join } from 'node:path';
import { pkcs12File, signerNamed } from '#certs-test/pki';
import { untilSettled, type Client } from './client.ts';
import { kyso } from './processes.ts';
import type { DemoStage } from './stage.ts';

export type FrozenBatch = { readonly batchId: string; readonly count: number; readonly statement: string };

export type Mode = 'list' | 'each';

export type SignedBatch = {
  readonly unit: string;
  readonly mode: Mode;
  readonly count: number;
  readonly tokenOperations: number;
  readonly seconds: number;
  readonly batchId: string;
  readonly statement: string;
};

export async function freeze(
  client: Client,
  say: (text: string) => void,
  mode: Mode = 'list',
): Promise<FrozenBatch> {
  const { batchId } = await client.must(client.post('/v1/batches', { mode }));
  const ask = () => client.must(client.get(`/v1/batches/${String(batchId)}`));
  const batch = await untilSettled(ask, ['freezing'], () => say('  freezing …'));
  if (batch['state'] !== 'open') throw new Error(`freezing failed: ${String(batch['reason'])}`);
  return { batchId: String(batchId), count: Number(batch['count']), statement: String(batch['statement']) };
}

/** What an agent needs of the stage. */
export type AgentStage = Pick<DemoStage, 'folder' | 'pki' | 'apiUrl'>;

export type AgentAnswer = {
  readonly refused?: string;
  readonly tokenOperations: number;
  readonly peakRssMb: number;
  readonly seconds: Record<string, number>;
};

/** Enrols a machine with a token, makes a ticket in the console, and signs at the agent: what a signer does, scripted. */
export async function signAtAgent(
  stage: AgentStage,
  client: Client,
  batchId: string,
  signerName: string,
): Promise<AgentAnswer> {
  const signer = signerNamed(stage.pki, signerName);
  const home = join(stage.folder, 'agents', `${signerName}-${batchId}`);
  const env = stage.pki.environment;
  const { code } = await client.must(client.post('/v1/enrolments', {}));
  const enrolled = await kyso(
    [
      'agent',
      'enrol',
      String(code),
      '--api',
      stage.apiUrl,
      ...(signer.pkcs12 === undefined
        ? ['--module', stage.pki.modulePath, '--serial', signer.tokenSerial]
        : ['--pkcs12', pkcs12File(stage.pki, signer), '--pin-fd', '3']),
      '--home',
      home,
      '--json',
    ],
    { env, pin: stage.pki.pin },
  );
  const { deviceId } = parseLast(enrolled.out, enrolled.err);
  const { ticket } = await client.must(client.post(`/v1/batches/${batchId}/tickets`, { deviceId }));
  const signed = await kyso(['agent', 'sign', '--home', home, '--yes', '--pin-fd', '3', '--json'], {
    env,
    stdin: String(ticket),
    pin: stage.pki.pin,
  });
  return parseLast(signed.out, signed.err) as unknown as AgentAnswer;
}

function parseLast(out: string, err: string): Record<string, unknown> {
  const line = out.trim().split('\n').at(-1);
  if (!line) throw new Error(`the agent printed nothing: ${err}`);
  return JSON.parse(line) as Record<string, unknown>;
}

/** The whole way of one batch: frozen, signed with one token operation (or one a record), collected. */
export async function signUnit(
  stage: DemoStage,
  client: Client,
  unit: string,
  signerName: string,
  { mode = 'list', frozen }: { readonly mode?: Mode; readonly frozen?: FrozenBatch } = {},
): Promise<SignedBatch> {
  const start = performance.now();
  const batch = frozen ?? (await freeze(client, () => undefined, mode));
  const answer = await signAtAgent(stage, client, batch.batchId, signerName);
  if (answer.refused !== undefined) throw new Error(`${unit} was refused: ${answer.refused}`);
  const seconds = Math.round(performance.now() - start) / 1000;
  return {
    unit,
    mode,
    count: batch.count,
    tokenOperations: answer.tokenOperations,
    seconds,
    batchId: batch.batchId,
    statement: batch.statement,
  };
}
